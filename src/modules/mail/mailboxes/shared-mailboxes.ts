import type { Tx } from '#platform/database/database.ts'
import { onCommit } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { answered, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { createAccountBeginning, withoutPasswords } from '../accounts/account-beginning.ts'
import { deleteAccount } from '../accounts/account-deletion.ts'
import type { AccountDeps } from '../accounts/accounts.ts'
import { appendMailEvents } from '../events.ts'
import { type Giver, type Grants, memberOf } from './grants.ts'
import { type SharedMailboxRow, mailboxStore as store } from './mailbox-store.ts'
import type { GrantedRole } from './roles.ts'
import type { NewSharedMailboxBody, SharedMailbox } from './shared-mailbox-wire.ts'

export type SharedMailboxDeps = AccountDeps & {
  grants: Grants
  forget: () => void
  /** Removes, in its own time, all that is left of an owner that nobody can reach any more. */
  eraseOwner: (tx: Tx, ownerId: string, requestedBy: string) => Promise<void>
}

export type SharedMailboxes = ReturnType<typeof createSharedMailboxes>

/** Mail accounts of the organisation. */
export function createSharedMailboxes(deps: SharedMailboxDeps) {
  const { database, transact, grants, events, wake } = deps
  const beginning = createAccountBeginning(deps)
  return {
    /**
     * Signs in to both servers, then makes the mailbox with all who have a role in it.
     * @throws AppError as connecting an account does, `mail.member_unknown`, `idempotency_key_reused`.
     */
    async create(giver: Giver, body: NewSharedMailboxBody, key: string | undefined): Promise<SharedMailbox> {
      const { members = [], ...account } = body
      const asked = { ...withoutPasswords(account), members }
      const request = { ownerId: giver.actorId, scope: 'admin.shared_mailboxes', key, body: asked }
      const first = await transact((tx) => answered<SharedMailbox>(tx, request))
      if (first) return first.body
      const checked = await beginning.check(giver.actorId, account)
      const answer = await transact((tx) =>
        once(tx, request, async () => {
          const id = newId()
          await store.make(tx, id, { name: account.name ?? account.email, lenderId: null })
          for (const member of members) {
            const wanted = { member: await memberOf(tx, member), role: member.role as GrantedRole }
            await grants.giveIn(tx, giver, id, wanted)
          }
          const after = { email: account.email, name: account.name ?? '', mail_account_id: checked.id }
          const change = { action: 'mail.shared_mailbox_created', target: id, before: null, after } as const
          await grants.record(tx, giver, { ...change, ownerId: id })
          await beginning.insert(tx, id, checked)
          return { status: 201, body: sharedMailboxOf(await requireShared(tx, id)) }
        }),
      )
      deps.forget()
      return answer.body
    },

    async list(page: { cursor: string | undefined; limit: number }) {
      const [after] = page.cursor === undefined ? [] : decodeCursor(page.cursor, ['uuid'])
      const found = await store.listShared(database, { after, limit: page.limit + 1 })
      const rows = found.slice(0, page.limit)
      const last = rows.at(-1)
      return {
        items: rows.map(sharedMailboxOf),
        next_cursor: last && found.length > page.limit ? encodeCursor([last.owner_id]) : null,
      }
    },

    /** @throws AppError `not_found`. */
    view: async (id: string): Promise<SharedMailbox> => sharedMailboxOf(await requireShared(database, id)),

    /**
     * From the commit on nobody sees anything of it; what is left of it is erased afterwards. The mail server keeps its
     * mail.
     * @throws AppError `not_found`.
     */
    remove: (giver: Giver, id: string): Promise<void> =>
      transact(async (tx) => {
        if (!(await store.lock(tx, id))) throw notFound('shared mailbox')
        const { mail_account_id, email, name } = await requireShared(tx, id)
        const change = { action: 'mail.shared_mailbox_deleted', target: id, after: null } as const
        await grants.record(tx, giver, { ...change, ownerId: id, before: { email, name, mail_account_id } })
        await deleteAccount(tx, id, mail_account_id)
        // Told while its readers are known.
        await appendMailEvents(events, tx, id, [{ type: 'mail.account_deleted', data: { mail_account_id } }])
        await store.close(tx, id)
        await deps.eraseOwner(tx, id, giver.actorId)
        onCommit(tx, () => wake.account(mail_account_id, 'deleted'))
      }),
  }
}

async function requireShared(db: Parameters<typeof store.findShared>[0], id: string): Promise<SharedMailboxRow> {
  const row = await store.findShared(db, id)
  if (!row) throw notFound('shared mailbox')
  return row
}

const sharedMailboxOf = ({ owner_id: id, created_at, ...row }: SharedMailboxRow): SharedMailbox => ({
  ...{ id, mail_account_id: row.mail_account_id, email: row.email, name: row.name, state: row.state },
  created_at: created_at.toISOString(),
})
