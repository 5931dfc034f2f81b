import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import type { AccountKey, Folder } from './folder-store.ts'
import type { LocationFlags } from './message-flags.ts'

export type StoredFlags = {
  uid: number
  message_id: string
  is_read: boolean
  is_starred: boolean
  is_answered: boolean
  is_draft: boolean
  keywords: string[]
}
export type Change = { stored: StoredFlags; flags: LocationFlags; modseq: string | null }

export const flagStore = {
  /** Locked in the order of UIDs, so that two writers never wait for each other in a circle. */
  async lock(tx: Tx, { ownerId }: AccountKey, folder: Folder, uids: readonly number[]): Promise<StoredFlags[]> {
    const { rows } = await sql<StoredFlags>`
      select uid, message_id, is_read, is_starred, is_answered, is_draft, keywords from mail_location
      where owner_id = ${ownerId} and folder_id = ${folder.id} and uidvalidity = ${folder.uidvalidity}
        and uid = any(${[...uids]}::bigint[])
      order by uid for update`.execute(tx)
    return rows
  },

  /** The labels that messages have now; none of an owner without labels. */
  async labels(tx: Tx, { ownerId }: AccountKey, messageIds: readonly string[]): Promise<Map<string, string[]>> {
    if (messageIds.length === 0) return new Map()
    const { rows } = await sql<{ id: string; label_ids: string[] }>`
      select message.id, array(select label_id from mail_message_label
        where owner_id = ${ownerId} and message_id = message.id) as label_ids
      from unnest(${messageIds}::uuid[]) as message (id)
      where exists (select from mail_label where owner_id = ${ownerId})`.execute(tx)
    return new Map(rows.map((row) => [row.id, row.label_ids]))
  },

  async write(tx: Tx, { ownerId }: AccountKey, folder: Folder, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return
    const records = changes.map(({ stored, flags, modseq }) => ({ uid: stored.uid, modseq, ...columnsOf(flags) }))
    await sql`
      update mail_location as location set is_read = change.is_read, is_starred = change.is_starred,
        is_answered = change.is_answered, is_draft = change.is_draft, keywords = change.keywords, modseq = change.modseq
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as change (uid bigint, modseq numeric, is_read boolean,
        is_starred boolean, is_answered boolean, is_draft boolean, keywords text[])
      where location.owner_id = ${ownerId} and location.folder_id = ${folder.id}
        and location.uidvalidity = ${folder.uidvalidity} and location.uid = change.uid`.execute(tx)
  },
}

const columnsOf = ({ isRead, isStarred, isAnswered, isDraft, keywords }: LocationFlags) => ({
  is_read: isRead,
  is_starred: isStarred,
  is_answered: isAnswered,
  is_draft: isDraft,
  keywords,
})
