import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import { accountStore } from '../accounts/account-store.ts'
import type { Grant, NewGrantBody } from './grant-wire.ts'
import { type Giver, type Grants, memberOf } from './grants.ts'
import { mailboxStore } from './mailbox-store.ts'
import { moveStore } from './move-store.ts'
import type { Moves } from './moves.ts'
import type { GrantedRole } from './roles.ts'

export type Lending = ReturnType<typeof createLending>

/** Who may do what in an account, for its owner and for those who manage it. */
export function createLending(deps: {
  database: Database
  transact: Transact
  grants: Grants
  moves: Pick<Moves, 'plan'>
  forget: () => void
}) {
  const { database, transact, grants } = deps

  /** The mailbox that an account is in, or on its way to. */
  async function mailboxOf(db: Database | Tx, ownerId: string, mailAccountId: string): Promise<string | undefined> {
    if (!(await accountStore.find(db, ownerId, mailAccountId))) throw notFound('mail account')
    if (await mailboxStore.isMailbox(db, ownerId)) return ownerId
    return (await moveStore.find(db, ownerId, mailAccountId))?.to
  }

  /** One that nobody else used goes into a mailbox of its own, whose owner its owner stays. */
  async function openMailbox(tx: Tx, giver: Giver, ownerId: string, mailAccountId: string): Promise<string> {
    const account = await accountStore.find(tx, ownerId, mailAccountId)
    if (!account) throw notFound('mail account')
    const to = newId()
    await mailboxStore.make(tx, to, { name: account.name || account.email, lenderId: ownerId })
    await deps.moves.plan(tx, { from: ownerId, to, mailAccountId })
    const after = { mail_account_id: mailAccountId, email: account.email }
    await grants.record(tx, giver, { ownerId, action: 'mail.account_lent', target: to, before: null, after })
    return to
  }

  return {
    /** @throws AppError `not_found`. */
    async list(ownerId: string, mailAccountId: string): Promise<Grant[]> {
      const mailbox = await mailboxOf(database, ownerId, mailAccountId)
      return mailbox === undefined ? [] : grants.list(mailbox)
    },

    /**
     * Gives somebody a role. The first time the account's mail moves to where others can see it, in the background.
     * @throws AppError `not_found`, `mail.member_unknown`.
     */
    async give(giver: Giver, place: { ownerId: string; mailAccountId: string }, body: NewGrantBody): Promise<Grant> {
      const { ownerId, mailAccountId } = place
      const grant = await transact(async (tx) => {
        const known = await mailboxOf(tx, ownerId, mailAccountId)
        const member = await memberOf(tx, body)
        const mailbox = known ?? (await openMailbox(tx, giver, ownerId, mailAccountId))
        await mailboxStore.lock(tx, mailbox)
        return grants.giveIn(tx, giver, mailbox, { member, role: body.role as GrantedRole })
      })
      deps.forget()
      return grant
    },

    /** @throws AppError `not_found`. */
    async withdraw(giver: Giver, place: { ownerId: string; mailAccountId: string }, grantId: string): Promise<void> {
      const mailbox = await mailboxOf(database, place.ownerId, place.mailAccountId)
      if (mailbox === undefined) throw notFound('role')
      await grants.withdraw(giver, mailbox, grantId)
    },
  }
}
