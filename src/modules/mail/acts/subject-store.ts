import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Place } from './message-state.ts'

/** What is known of a message beside its places. */
export type SubjectRow = {
  id: string
  mail_account_id: string
  thread_id: string
  pinned_at: Date | null
  snoozed_until: Date | null
  is_labelled: boolean
  label_ids: string[]
}

export type ThreadMember = { id: string; thread_id: string; received_at: Date }

export const subjectStore = {
  /**
   * The places of messages, locked: whoever changes a message, or takes over what its server says, locks these first.
   * When sync replaces a place that was waited for, only a second look sees its successor.
   */
  async lockPlaces(tx: Tx, ownerId: string, messageIds: readonly string[]): Promise<Place[]> {
    const places = await lock(tx, ownerId, messageIds)
    const found = new Set(places.map((place) => place.message_id))
    const missing = messageIds.filter((id) => !found.has(id))
    return missing.length === 0 ? places : [...places, ...(await lock(tx, ownerId, missing))]
  },

  /** To be read after the places are locked. */
  async list(db: Queryable, ownerId: string, messageIds: readonly string[]): Promise<SubjectRow[]> {
    const { rows } = await sql<SubjectRow>`
      select message.id, message.mail_account_id, coalesce(message.thread_id, message.id) as thread_id,
        message.pinned_at, message.snoozed_until, account.folders_are_labels as is_labelled,
        array(select label_id from mail_message_label
          where owner_id = message.owner_id and message_id = message.id) as label_ids
      from mail_message as message
      join mail_account as account on account.owner_id = message.owner_id and account.id = message.mail_account_id
      where message.owner_id = ${ownerId} and message.id = any(${messageIds}::uuid[])`.execute(db)
    return rows
  },

  /** Folders whose server keeps no keywords. */
  async withoutKeywords(db: Queryable, ownerId: string, folderIds: readonly string[]): Promise<Set<string>> {
    const { rows } = await sql<{ id: string }>`
      select id from mail_folder
      where owner_id = ${ownerId} and id = any(${folderIds}::uuid[]) and not keeps_keywords`.execute(db)
    return new Set(rows.map((row) => row.id))
  },

  /** The messages of conversations, the newest first; at most `limit`. */
  async members(db: Queryable, ownerId: string, threadIds: readonly string[], limit: number): Promise<ThreadMember[]> {
    const { rows } = await sql<ThreadMember>`
      select id, thread_id, received_at from mail_message
      where owner_id = ${ownerId} and thread_id = any(${threadIds}::uuid[])
      union all
      select id, id, received_at from mail_message
      where owner_id = ${ownerId} and id = any(${threadIds}::uuid[]) and thread_id is null
      order by received_at desc, id desc
      limit ${limit}`.execute(db)
    return rows
  },
}

async function lock(tx: Tx, ownerId: string, messageIds: readonly string[]): Promise<Place[]> {
  const { rows } = await sql<Place>`
    select message_id, mail_account_id, folder_id, shown_folder_id, uidvalidity, uid, is_read, is_starred, keywords,
      is_deleted
    from mail_location
    where owner_id = ${ownerId} and message_id = any(${messageIds}::uuid[]) and (gone_at is null or is_deleted)
    order by folder_id, uidvalidity, uid
    for update`.execute(tx)
  return rows
}
