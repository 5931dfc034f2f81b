import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'

export const sentEffectsStore = {
  /** A message that was answered: shown so at once. @returns its account; undefined when it lies nowhere any more. */
  async markAnswered(tx: Tx, ownerId: string, messageId: string): Promise<string | undefined> {
    const { rows } = await sql<{ mail_account_id: string }>`
      update mail_location set is_answered = true
      where owner_id = ${ownerId} and message_id = ${messageId} and gone_at is null
      returning mail_account_id`.execute(tx)
    return rows[0]?.mail_account_id
  },

  /** A message that was forwarded, where its server keeps keywords. @returns as above. */
  async markForwarded(tx: Tx, ownerId: string, messageId: string): Promise<string | undefined> {
    const { rows } = await sql<{ mail_account_id: string }>`
      update mail_location as place set keywords = place.keywords || '{$Forwarded}'
      from mail_folder as folder
      where place.owner_id = ${ownerId} and place.message_id = ${messageId} and place.gone_at is null
        and not place.keywords @> '{$Forwarded}'
        and folder.owner_id = place.owner_id and folder.id = place.folder_id and folder.keeps_keywords
      returning place.mail_account_id`.execute(tx)
    return rows[0]?.mail_account_id
  },
}
