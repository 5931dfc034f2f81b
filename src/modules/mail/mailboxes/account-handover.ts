import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { accountStore } from '../accounts/account-store.ts'
import type { Giver, Grants } from './grants.ts'
import { mailboxStore } from './mailbox-store.ts'
import { moveStore } from './move-store.ts'
import type { Moves } from './moves.ts'

/** From whom to whom, and whether accounts are to be the organisation's, with the recipient as who manages them. */
export type AccountHandover = { from: string; to: string; mailAccounts: 'own' | 'shared'; requestedBy: string }

export type HandedAccounts = {
  counts: { accounts: number }
  errors: { what: string; code: string }[]
  /** Accounts are still on their way. */
  isPending: boolean
}

const accountsAtMost = 1000

/** Gives all mail accounts of somebody to somebody else, those that they lend too. May be done again at any time. */
export function createAccountHandover(deps: {
  database: Database
  transact: Transact
  events: Events
  grants: Grants
  moves: Pick<Moves, 'plan'>
  forget: () => void
}) {
  const { database, transact, grants } = deps

  async function openShared(tx: Tx, giver: Giver, to: string, name: string): Promise<string> {
    const mailbox = newId()
    await mailboxStore.make(tx, mailbox, { name, lenderId: null })
    await grants.giveIn(tx, giver, mailbox, { member: { personId: to }, role: 'manage' })
    return mailbox
  }

  /** The roles that others have in what is lent stay theirs. */
  async function giveLent(tx: Tx, giver: Giver, mailbox: string, handover: AccountHandover): Promise<void> {
    const { from, to, mailAccounts } = handover
    await mailboxStore.lock(tx, mailbox)
    await grants.tell(tx, mailbox)
    await mailboxStore.setLender(tx, mailbox, mailAccounts === 'shared' ? null : to)
    const change = { before: { lender_id: from }, after: { lender_id: mailAccounts === 'shared' ? null : to } }
    await grants.record(tx, giver, { ...change, ownerId: mailbox, action: 'mail.mailbox_handed_over', target: mailbox })
    if (mailAccounts === 'shared') {
      await grants.giveIn(tx, giver, mailbox, { member: { personId: to }, role: 'manage' })
    }
    await mailboxStore.takeBackEvents(tx, mailbox, [from], { mail_account_id: null })
  }

  return async (handover: AccountHandover): Promise<HandedAccounts> => {
    const { from, to, mailAccounts } = handover
    const giver = { actorId: handover.requestedBy, origin: { address: null, userAgent: '' } }
    const lent = await mailboxStore.lentBy(database, from)
    for (const mailbox of lent) await transact((tx) => giveLent(tx, giver, mailbox, handover))
    const accounts = await accountStore.list(database, from, { after: undefined, limit: accountsAtMost })
    const errors: HandedAccounts['errors'] = []
    for (const { id: mailAccountId, email } of accounts) {
      const under = await moveStore.state(database, from, mailAccountId)
      // What cannot come to an end is given up here; asked for again, it begins anew.
      if (under?.errorCode === 'mail.account_exists') {
        await moveStore.cancel(database, from, mailAccountId)
        errors.push({ what: email, code: under.errorCode })
      }
      if (under) continue
      await transact(async (tx) => {
        const target = mailAccounts === 'shared' ? await openShared(tx, giver, to, email) : to
        await deps.moves.plan(tx, { from, to: target, mailAccountId })
        const change = { before: { owner_id: from }, after: { owner_id: target } }
        await grants.record(tx, giver, {
          ...change,
          ownerId: from,
          action: 'mail.account_handed_over',
          target: mailAccountId,
        })
      })
    }
    deps.forget()
    return { counts: { accounts: lent.length + accounts.length }, errors, isPending: accounts.length > errors.length }
  }
}
