import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

type Expired = { days: number; limit: number }

export const retentionStore = {
  /** Everybody with a mail account, page by page. */
  async owners(db: Queryable, after: string, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select distinct owner_id from mail_account where owner_id > ${after} order by owner_id limit ${limit}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  async expiredInRole(db: Queryable, ownerId: string, role: string, { days, limit }: Expired): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select distinct message.id from mail_message as message
      join mail_location as place on place.owner_id = ${ownerId} and place.message_id = message.id
        and place.gone_at is null and not place.is_deleted
      join mail_folder as folder on folder.owner_id = ${ownerId} and folder.id = place.shown_folder_id
      where message.owner_id = ${ownerId} and folder.role = ${role}
        and message.received_at < now() - make_interval(days => ${days}) limit ${limit}`.execute(db)
    return rows.map(({ id }) => id)
  },

  async expiredWithLabel(db: Queryable, ownerId: string, label: string, { days, limit }: Expired): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select distinct message.id from mail_message as message
      join mail_location as place on place.owner_id = ${ownerId} and place.message_id = message.id
        and place.gone_at is null and not place.is_deleted
      join mail_message_label as given on given.owner_id = ${ownerId} and given.message_id = message.id
      join mail_label as label on label.owner_id = ${ownerId} and label.id = given.label_id
      where message.owner_id = ${ownerId} and lower(label.name) = lower(${label})
        and message.received_at < now() - make_interval(days => ${days}) limit ${limit}`.execute(db)
    return rows.map(({ id }) => id)
  },
}
