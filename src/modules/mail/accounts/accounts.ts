import { type Database, onCommit, type Transact, type Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { type Answer, type IdempotentRequest, once } from '#platform/http/idempotency.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { appendMailEvents } from '../events.ts'
import type { HeldMailbox } from '../mailboxes/access-store.ts'
import type { MailboxAccess } from '../mailboxes/mailbox-access.ts'
import type { MailPolicies } from '../policies.ts'
import { requireMailRoom } from '../storage-room.ts'
import type { Wake } from '../wake.ts'
import { createAccountBeginning, withoutPasswords } from './account-beginning.ts'
import { deleteAccount } from './account-deletion.ts'
import { accountStore } from './account-store.ts'
import { type NewAccountBody, type SeenAccount, seenAccountOf } from './account-wire.ts'
import type { ServerCheck } from './server-check.ts'

export type AccountDeps = {
  database: Database
  transact: Transact
  events: Events
  wake: Wake
  keyRing: KeyRing
  checkServers: ServerCheck
  policies?: MailPolicies
}

/** Who asks, and whose accounts they may see. */
type Reader = { personId: string; ownerIds: readonly string[] }

export type Accounts = ReturnType<typeof createAccounts>

/** An owner's mail accounts. No two of an owner have the same address, IMAP host and user name. */
export function createAccounts(
  deps: AccountDeps & { heldBy: MailboxAccess['heldBy']; endMailbox: (tx: Tx, ownerId: string) => Promise<void> },
) {
  const { database, transact, events, wake, heldBy } = deps
  const beginning = createAccountBeginning(deps)
  return {
    /**
     * Signs in to both servers, then stores the account; nothing is stored when either refuses.
     * @throws AppError `mail.account_exists`, `mail.storage_full`, `idempotency_key_reused`, or one of `mailServerCodes`.
     */
    async create(ownerId: string, body: NewAccountBody, idempotencyKey?: string): Promise<Answer<SeenAccount>> {
      const request: IdempotentRequest = {
        ownerId,
        scope: 'mail.accounts',
        key: idempotencyKey,
        body: withoutPasswords(body),
      }
      const repeated = idempotencyKey === undefined ? undefined : await firstAnswer(transact, request)
      if (repeated) return repeated
      await requireMailRoom(database, deps.policies, ownerId)
      const account = await beginning.check(ownerId, body)
      return transact((tx) =>
        once(tx, request, async () => ({
          status: 201,
          body: seenAccountOf(await beginning.insert(tx, ownerId, account), undefined),
        })),
      )
    },

    /** Those of the owners that somebody may read, oldest first. */
    async list(
      { personId, ownerIds }: Reader,
      { cursor, limit }: { cursor: string | undefined; limit: number },
    ): Promise<{ items: SeenAccount[]; next_cursor: string | null }> {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
      const found = await accountStore.listOf(database, ownerIds, { after, limit: limit + 1 })
      const held = await heldBy(personId)
      const rows = found.slice(0, limit)
      const last = rows.at(-1)
      return {
        items: rows.map((row) => seenAccountOf(row, mailboxAmong(held, row.owner_id))),
        next_cursor: last && found.length > limit ? encodeCursor([last.id]) : null,
      }
    },

    /** @throws AppError `not_found`. */
    async view(personId: string, ownerId: string, mailAccountId: string): Promise<SeenAccount> {
      const row = await accountStore.find(database, ownerId, mailAccountId)
      if (!row) throw notFound('mail account')
      return seenAccountOf(row, mailboxAmong(await heldBy(personId), ownerId))
    },

    /**
     * From the commit on nothing of the account is visible; a job removes the bulk of it afterwards. What lies on the
     * mail server is untouched.
     * @throws AppError `not_found`.
     */
    delete: (ownerId: string, mailAccountId: string): Promise<void> =>
      transact(async (tx) => {
        const happened = await deleteAccount(tx, ownerId, mailAccountId)
        await appendMailEvents(events, tx, ownerId, [
          { type: 'mail.account_deleted', data: { mail_account_id: mailAccountId } },
          ...happened,
        ])
        await deps.endMailbox(tx, ownerId)
        onCommit(tx, () => wake.account(mailAccountId, 'deleted'))
      }),
  }
}

const mailboxAmong = (held: readonly HeldMailbox[], ownerId: string) => held.find((one) => one.ownerId === ownerId)

/** The answer that this key got before, so that a repetition need not sign in again; undefined at the first time. */
async function firstAnswer(transact: Transact, request: IdempotentRequest): Promise<Answer<SeenAccount> | undefined> {
  const isFirst = new Error('the key is free')
  const look = (tx: Tx) => once<SeenAccount>(tx, request, () => Promise.reject(isFirst))
  return transact(look).catch((error) => {
    if (error !== isFirst) throw error
    return undefined
  })
}
