import { sql } from 'kysely'
import type { Database, Tx } from '#platform/database/database.ts'
import type { AccountKey } from './folder-store.ts'

export const originalStore = {
  async sizeOf(db: Database, ownerId: string, messageId: string): Promise<number | undefined> {
    const { rows } = await sql<{ size_bytes: number }>`
      select size_bytes from mail_message where owner_id = ${ownerId} and id = ${messageId}`.execute(db)
    return rows[0]?.size_bytes
  },

  /** Where its server has a message, also when its owner does not see it there any more. */
  async places(db: Database, { ownerId, mailAccountId }: AccountKey, messageId: string) {
    const { rows } = await sql<{ path: string; uidvalidity: number; uid: number }>`
      select folder.path, place.uidvalidity, place.uid
      from mail_location as place
      join mail_folder as folder on folder.owner_id = place.owner_id and folder.id = place.folder_id
        and folder.uidvalidity = place.uidvalidity
      where place.owner_id = ${ownerId} and place.mail_account_id = ${mailAccountId} and place.message_id = ${messageId}
        and (place.gone_at is null or place.is_deleted)
      order by folder.role is not distinct from 'all', place.uid desc`.execute(db)
    return rows
  },

  /** The flags with which a message is to arrive. */
  async flagsOf(db: Database, ownerId: string, messageId: string): Promise<string[]> {
    const { rows } = await sql<{
      is_read: boolean
      is_starred: boolean
      is_answered: boolean
      is_draft: boolean
      keywords: string[]
    }>`
      select is_read, is_starred, is_answered, is_draft, keywords from mail_location
      where owner_id = ${ownerId} and message_id = ${messageId} limit 1`.execute(db)
    const [place] = rows
    if (!place) return []
    const flags = {
      '\\Seen': place.is_read,
      '\\Flagged': place.is_starred,
      '\\Answered': place.is_answered,
      '\\Draft': place.is_draft,
    }
    const set = Object.entries(flags).flatMap(([flag, isSet]) => (isSet ? [flag] : []))
    return [...set, ...place.keywords.filter((word) => !word.startsWith('\\'))]
  },

  /** What is left of a message that has arrived in another account: where it lies, and into which folder it is binned. */
  async leaving(tx: Tx, { ownerId, mailAccountId }: AccountKey, messageId: string) {
    const { rows } = await sql<{ folder_id: string; is_labelled: boolean; trash_id: string | null }>`
      select place.folder_id, account.folders_are_labels as is_labelled,
        (select id from mail_folder where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}
          and role = 'trash' limit 1) as trash_id
      from mail_location as place
      join mail_account as account on account.owner_id = place.owner_id and account.id = place.mail_account_id
      where place.owner_id = ${ownerId} and place.message_id = ${messageId} and place.is_deleted
      order by place.folder_id for update of place`.execute(tx)
    return rows
  },
}
