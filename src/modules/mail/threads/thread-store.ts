import { sql } from 'kysely'
import { texts, uuids } from '#platform/database/binary-arrays.ts'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { hashKey, ownId } from './thread-keys.ts'
import type { Letter, Recipients } from './thread-letter.ts'
import type { FoundKey, Merge } from './thread-plan.ts'
import type { Threading } from './threading.ts'

export type AccountKey = { ownerId: string; mailAccountId: string }

/** A stored message with the subject of one that is threaded. */
export type SubjectTwin = {
  threadId: string
  subjectKey: string
  isBareReply: boolean
  from_email: string
  recipients: Recipients
  date: Date
}

/** A message that is not stored any more. */
export type RemovedLetter = { messageIdHeader: string | null; serverThreadId: string | null; threadId: string | null }

/** Of messages with the same subject in a month no more are compared: nobody reads them as one conversation. */
const maxTwins = 200

const twinColumns = sql`thread_id as "threadId", subject_key as "subjectKey", is_bare_reply as "isBareReply", from_email,
  recipients, coalesce(sent_at, received_at) as date`

function referencesTo(removed: readonly RemovedLetter[]): Map<string, string> {
  const references = new Map<string, string>()
  for (const letter of removed) {
    const id = letter.serverThreadId === null ? ownId(letter) : undefined
    if (id !== undefined && letter.threadId !== null) references.set(hashKey(id), letter.threadId)
  }
  return references
}

/** Asked here and not in the database, where an index of all threads would seem to do. */
const isThreaded = ({ threadId }: { threadId: string | null }) => threadId !== null

export const threadStore = {
  /** The threads to which Message-IDs lead, by their keys: by who named them before, and by who has them. */
  async find(db: Queryable, { ownerId, mailAccountId }: AccountKey, keys: ReadonlyMap<string, string>) {
    if (keys.size === 0) return []
    // Lateral, so that each is looked up in an index whatever the planner knows of the tables; and whether a message has
    // a thread is asked outside, or an index of those that have would seem to do.
    const { rows } = await sql<FoundKey>`
      with wanted as materialized (
        select * from unnest(${texts([...keys.keys()])}::text[], ${uuids([...keys.values()])}::uuid[]) as id (id, key)
      )
      select wanted.key, reference.thread_id as "threadId" from wanted
      cross join lateral (
        select thread_id from mail_thread_reference
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and reference_hash = wanted.key
        limit 1
      ) as reference
      union all
      select wanted.key, message.thread_id from wanted
      cross join lateral (
        select thread_id from mail_message
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and message_id_header = wanted.id
          and server_thread_id is null
        limit 1
      ) as message
      where message.thread_id is not null`.execute(db)
    return rows
  },

  /** Stored bare replies with one of these keys. */
  async findBareReplies(db: Queryable, { ownerId, mailAccountId }: AccountKey, subjectKeys: readonly string[]) {
    if (subjectKeys.length === 0) return []
    const { rows } = await sql<SubjectTwin>`
      select ${twinColumns} from mail_message
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and is_bare_reply
        and subject_key = any(${uuids(subjectKeys)}::uuid[])`.execute(db)
    return rows.filter(isThreaded)
  },

  /** Other stored messages with one of these keys, to which bare replies may belong. */
  async findAnswered(db: Queryable, { ownerId, mailAccountId }: AccountKey, subjectKeys: readonly string[]) {
    if (subjectKeys.length === 0) return []
    const { rows } = await sql<SubjectTwin>`
      select twin.* from unnest(${uuids(subjectKeys)}::uuid[]) as wanted (subject_key)
      cross join lateral (
        select ${twinColumns} from mail_message
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and subject_key = wanted.subject_key
          and not is_bare_reply
        limit ${maxTwins}
      ) as twin`.execute(db)
    return rows.filter(isThreaded)
  },

  async ownAddress(db: Queryable, { ownerId, mailAccountId }: AccountKey): Promise<string> {
    const row = await db
      .selectFrom('mail_account')
      .select('email')
      .where('owner_id', '=', ownerId)
      .where('id', '=', mailAccountId)
      .executeTakeFirst()
    return row?.email.toLowerCase() ?? ''
  },

  async sizes(db: Queryable, { ownerId }: AccountKey, threadIds: readonly string[]): Promise<Map<string, number>> {
    if (threadIds.length === 0) return new Map()
    const { rows } = await sql<{ id: string; size: number }>`
      select thread.id, (select count(*) from mail_message
        where owner_id = ${ownerId} and thread_id = thread.id)::int as size
      from unnest(${uuids(threadIds)}::uuid[]) as thread (id)`.execute(db)
    return new Map(rows.map(({ id, size }) => [id, size]))
  },

  /** What led to a merged thread leads to the one that it is part of now. */
  async merge(tx: Tx, { ownerId }: AccountKey, merges: readonly Merge[]): Promise<void> {
    if (merges.length === 0) return
    const pairs = merges.flatMap((merge) => merge.mergedThreadIds.map((merged) => [merged, merge.threadId]))
    for (const table of ['mail_message', 'mail_thread_reference']) {
      await sql`
        update ${sql.table(table)} as row set thread_id = merge.into_id
        from unnest(${pairs.map(([merged]) => merged)}::uuid[], ${pairs.map(([, into]) => into)}::uuid[])
          as merge (thread_id, into_id)
        where row.owner_id = ${ownerId} and row.thread_id = merge.thread_id`.execute(tx)
    }
  },

  async putReferences(tx: Tx, { ownerId, mailAccountId }: AccountKey, references: ReadonlyMap<string, string>) {
    if (references.size === 0) return
    await sql`
      insert into mail_thread_reference (owner_id, mail_account_id, reference_hash, thread_id)
      select ${ownerId}, ${mailAccountId}, reference.*
      from unnest(${uuids([...references.keys()])}::uuid[], ${uuids([...references.values()])}::uuid[]) as reference
      on conflict (owner_id, mail_account_id, reference_hash) do update set thread_id = excluded.thread_id
        where mail_thread_reference.thread_id <> excluded.thread_id`.execute(tx)
  },

  /** Up to `limit` messages that were stored by a release without threads. */
  async findUnthreaded(db: Queryable, { ownerId, mailAccountId }: AccountKey, limit: number): Promise<Letter[]> {
    const { rows } = await sql<Letter>`
      select id, message_id_header as "messageIdHeader", in_reply_to as "inReplyTo", reference_headers as "references",
        server_thread_id as "serverThreadId", subject, from_email as "from", recipients,
        coalesce(sent_at, received_at) as date
      from mail_message
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and thread_id is null
      order by id limit ${limit}`.execute(db)
    return rows
  },

  async setThreading(tx: Tx, { ownerId }: AccountKey, letters: ReadonlyArray<{ id: string; threading: Threading }>) {
    const of = <Value>(value: (threading: Threading) => Value) => letters.map(({ threading }) => value(threading))
    await sql`
      update mail_message as message
      set thread_id = letter.thread_id, subject_key = letter.subject_key, is_bare_reply = letter.is_bare_reply
      from unnest(${uuids(letters.map(({ id }) => id))}::uuid[], ${of((one) => one.threadId)}::uuid[],
        ${of((one) => one.subjectKey)}::uuid[], ${of((one) => one.isBareReply)}::boolean[])
        as letter (id, thread_id, subject_key, is_bare_reply)
      where message.owner_id = ${ownerId} and message.id = letter.id`.execute(tx)
  },

  /**
   * After messages were removed: who names them later is still led to their threads, and nothing leads to those of
   * which no message is left.
   */
  async forget(tx: Tx, key: AccountKey, removed: readonly RemovedLetter[]): Promise<void> {
    const threadIds = [...new Set(removed.flatMap(({ threadId }) => threadId ?? []))]
    if (threadIds.length === 0) return
    await this.putReferences(tx, key, referencesTo(removed))
    await sql`
      delete from mail_thread_reference as reference
      where owner_id = ${key.ownerId} and thread_id = any(${uuids(threadIds)}::uuid[])
        and not exists (select from mail_message as message
          where message.owner_id = ${key.ownerId} and message.thread_id = reference.thread_id)`.execute(tx)
  },
}
