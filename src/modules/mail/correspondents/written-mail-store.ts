import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

type Person = { name: string; email: string }
export type WrittenMessage = { id: string; writtenAt: Date; people: Person[] }
type Row = { id: string; written_at: Date; recipients: { to?: Person[]; cc?: Person[]; bcc?: Person[] } }

export const writtenMailStore = {
  /**
   * Messages in folders for sent mail, in the order in which they became known. Those of the last minute are left for
   * later: transactions that began before may still bring ids below theirs.
   */
  async after(db: Queryable, ownerId: string, after: string | undefined, limit: number): Promise<WrittenMessage[]> {
    const { rows } = await sql<Row>`
      select message.id, coalesce(message.sent_at, message.received_at) as written_at, message.recipients
      from mail_message as message
      where message.owner_id = ${ownerId} and message.created_at < now() - interval '1 minute'
        and ${after === undefined ? sql`true` : sql`message.id > ${after}::uuid`}
        and exists (
          select 1 from mail_location as place
          join mail_folder as folder on folder.owner_id = ${ownerId} and folder.id = place.folder_id
          where place.owner_id = ${ownerId} and place.message_id = message.id and folder.role = 'sent'
        )
      order by message.id limit ${limit}`.execute(db)
    return rows.map(({ id, written_at, recipients: { to = [], cc = [], bcc = [] } }) => ({
      ...{ id, people: [...to, ...cc, ...bcc] },
      writtenAt: written_at < new Date() ? written_at : new Date(),
    }))
  },
}
