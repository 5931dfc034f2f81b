import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { MessagePart } from './body-parts.ts'
import type { AccountKey, Folder } from './folder-store.ts'

/** A message whose body is stored, but not what else a view shows of it. */
export type BareMessage = { id: string; uid: number; parts: MessagePart[] }

export const recentDetailStore = {
  /** Among the newest messages of a folder that came within two days. */
  async wanted(db: Queryable, { ownerId }: AccountKey, folder: Folder, limit: number): Promise<BareMessage[]> {
    const { rows } = await sql<BareMessage>`
      select message.id, place.uid, message.parts
      from (
        select message_id, uid, received_at from mail_location
        where owner_id = ${ownerId} and shown_folder_id = ${folder.id} and folder_id = ${folder.id} and gone_at is null
          and uidvalidity = ${folder.uidvalidity} and received_at > now() - interval '2 days'
        order by received_at desc, message_id desc
        limit ${limit}
      ) as place
      cross join lateral (
        select id, parts from mail_message where owner_id = ${ownerId} and id = place.message_id limit 1
      ) as message
      join mail_body as body on body.owner_id = ${ownerId} and body.message_id = message.id and body.details is null
      order by place.uid`.execute(db)
    return rows
  },
}
