import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'

/** What is to lie in the Drafts folder of an account, and what does. */
export type DraftCopy = {
  draft_id: string
  /** Null when none is to lie there. */
  wanted_revision: string | null
  stored_revision: string | null
  folder_id: string | null
  uidvalidity: number | null
  uid: number | null
  message_id_header: string | null
  /** Of one that the server was being told to take. */
  appending_revision: string | null
  appending_header: string | null
  attempts: number
}

export type CopyKey = { ownerId: string; mailAccountId: string; draftId: string }
export type CopyPlace = { folderId: string; uidvalidity: number; uid: number }

const columns = sql`draft_id, wanted_revision, stored_revision, folder_id, uidvalidity, uid, message_id_header,
  appending_revision, appending_header, attempts`
const is = ({ ownerId, mailAccountId, draftId }: CopyKey) =>
  sql`owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and draft_id = ${draftId}`

export const draftCopyStore = {
  /**
   * Says which revision of a draft is to be copied to the server; null for none. It is copied within `delaySeconds`:
   * the first change that waits sets the time, so that somebody who types without a pause does not put it off.
   */
  want: (
    tx: Tx,
    ownerId: string,
    copy: { mailAccountId: string; draftId: string; revision: string | null; delaySeconds: number },
  ) =>
    sql`insert into mail_draft_copy as copy (owner_id, mail_account_id, draft_id, wanted_revision, due_at)
      values (${ownerId}, ${copy.mailAccountId}, ${copy.draftId}, ${copy.revision},
        now() + make_interval(secs => ${copy.delaySeconds}))
      on conflict (owner_id, mail_account_id, draft_id) do update set wanted_revision = excluded.wanted_revision,
        due_at = case when copy.wanted_revision is distinct from copy.stored_revision and copy.attempts = 0
          then least(copy.due_at, excluded.due_at) else excluded.due_at end,
        attempts = 0`.execute(tx),

  /** A draft that was found on the server. */
  insertFound: (
    tx: Tx,
    { ownerId, mailAccountId, draftId }: CopyKey,
    found: CopyPlace & { revision: string; header: string | null },
  ) =>
    sql`insert into mail_draft_copy (owner_id, mail_account_id, draft_id, wanted_revision, stored_revision, folder_id,
        uidvalidity, uid, message_id_header)
      values (${ownerId}, ${mailAccountId}, ${draftId}, ${found.revision}, ${found.revision}, ${found.folderId},
        ${found.uidvalidity}, ${found.uid}, ${found.header})`.execute(tx),

  /** Those that are not what they are to be, the longest due first. */
  async due(db: Database, ownerId: string, mailAccountId: string, limit: number): Promise<DraftCopy[]> {
    const { rows } = await sql<DraftCopy>`
      select ${columns} from mail_draft_copy
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}
        and wanted_revision is distinct from stored_revision and due_at <= now()
      order by due_at limit ${limit}`.execute(db)
    return rows
  },

  async lock(tx: Tx, key: CopyKey): Promise<DraftCopy | undefined> {
    const { rows } = await sql<DraftCopy>`
      select ${columns} from mail_draft_copy where ${is(key)} for update`.execute(tx)
    return rows[0]
  },

  /** The step before the server is told. False when another revision is wanted by now, or none. */
  async markAppending(tx: Tx, key: CopyKey, { revision, header }: { revision: string; header: string }) {
    const marked = await sql`
      update mail_draft_copy set appending_revision = ${revision}, appending_header = ${header}
      where ${is(key)} and wanted_revision = ${revision}`.execute(tx)
    return marked.numAffectedRows === 1n
  },

  /** What lies on the server now, and nothing else of the draft. */
  markStored: (tx: Tx, key: CopyKey, stored: CopyPlace & { revision: string; header: string | null }) =>
    sql`update mail_draft_copy set stored_revision = ${stored.revision}, folder_id = ${stored.folderId},
        uidvalidity = ${stored.uidvalidity}, uid = ${stored.uid}, message_id_header = ${stored.header},
        appending_revision = null, appending_header = null, attempts = 0, last_error = null
      where ${is(key)}`.execute(tx),

  /** The server was told, and did not take it. */
  forgetAppending: (tx: Tx, key: CopyKey) =>
    sql`update mail_draft_copy set appending_revision = null, appending_header = null where ${is(key)}`.execute(tx),

  /** Nothing of it lies on the server any more: the row goes as well, unless a copy is wanted again. */
  async markRemoved(tx: Tx, key: CopyKey): Promise<void> {
    await sql`delete from mail_draft_copy where ${is(key)} and wanted_revision is null`.execute(tx)
    await sql`update mail_draft_copy set stored_revision = null, folder_id = null, uidvalidity = null, uid = null,
        message_id_header = null, appending_revision = null, appending_header = null
      where ${is(key)}`.execute(tx)
  },

  delete: (tx: Tx, key: CopyKey) => sql`delete from mail_draft_copy where ${is(key)}`.execute(tx),

  postpone: (db: Queryable, key: CopyKey, { seconds, error }: { seconds: number; error: string }) =>
    sql`update mail_draft_copy set attempts = attempts + 1, last_error = ${error},
        due_at = now() + make_interval(secs => ${seconds})
      where ${is(key)}`.execute(db),
}
