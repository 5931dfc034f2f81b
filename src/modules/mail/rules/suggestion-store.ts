import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

/** Where mail of a sender lies, and which labels it has: how often each. */
export type SenderHabits = {
  count: number
  folders: { id: string; role: string | null; count: number }[]
  labels: { id: string; count: number }[]
}

/** Of so many of the newest messages. */
const looked = 200

export const suggestionStore = {
  async habits(db: Queryable, ownerId: string, email: string): Promise<SenderHabits> {
    const recent = sql`
      select id from mail_message where owner_id = ${ownerId} and lower(from_email) = ${email.toLowerCase()}
      order by received_at desc limit ${looked}`
    const { rows: folders } = await sql<SenderHabits['folders'][number]>`
      select folder.id, folder.role, count(*) as count from (${recent}) as message
      join mail_location as place on place.owner_id = ${ownerId} and place.message_id = message.id and place.gone_at is null
      join mail_folder as folder on folder.owner_id = ${ownerId} and folder.id = place.shown_folder_id
        and folder.role is distinct from 'all'
      group by folder.id, folder.role order by count desc, folder.id`.execute(db)
    const { rows: labels } = await sql<SenderHabits['labels'][number]>`
      select labelled.label_id as id, count(*) as count from (${recent}) as message
      join mail_message_label as labelled on labelled.owner_id = ${ownerId} and labelled.message_id = message.id
      group by 1 order by count desc, 1`.execute(db)
    const { rows } = await sql<{ count: number }>`select count(*) as count from (${recent}) as message`.execute(db)
    return { count: rows[0]?.count ?? 0, folders, labels }
  },
}
