import { sql } from 'kysely'
import type { Database, Queryable } from '#platform/database/database.ts'
import { prepared } from '#platform/database/prepared.ts'
import type { MessagePart } from '../sync/body-parts.ts'
import { type ListedMessage, listedColumns } from './message-list-store.ts'
import type { Address } from './wire.ts'

export type StoredMessage = ListedMessage & {
  message_id_header: string | null
  in_reply_to: string | null
  reference_headers: string[]
  recipients: { to?: Address[]; cc?: Address[]; bcc?: Address[]; reply_to?: Address[] }
  parts: MessagePart[]
  body_state: 'pending' | 'attempted' | 'indexed' | 'stored' | 'failed'
  body_fetched_at: Date | null
}

export type StoredBody = { text: string | null; html: string | null; isTruncated: boolean }

/** Where a message lies on its server. */
export type ServerPlace = { path: string; uidvalidity: number; uid: number }

/** The place that stands for a message that lies in several: INBOX, else any folder rather than Gmail's All Mail. */
const placeOrder = `folder.role is distinct from 'inbox', folder.role is not distinct from 'all', place.folder_id,
  place.uid desc`
const shownPlace = (ownerId: string, messageIds: readonly string[]) => sql`(
  select distinct on (place.message_id) place.*
  from mail_location as place
  join mail_folder as folder on folder.owner_id = place.owner_id and folder.id = place.shown_folder_id
  where place.owner_id = ${ownerId} and place.message_id = any(${messageIds}::uuid[]) and place.gone_at is null
  order by place.message_id, ${sql.raw(placeOrder)}
)`

const findStatement = `
  select ${listedColumns}, message.message_id_header, message.in_reply_to, message.reference_headers,
    message.recipients, message.parts, message.body_state, body.fetched_at as body_fetched_at
  from (
    select place.* from mail_location as place
    cross join lateral (
      select role from mail_folder where owner_id = $1 and id = place.shown_folder_id limit 1
    ) as folder
    where place.owner_id = $1 and place.message_id = $2 and place.gone_at is null
    order by ${placeOrder} limit 1
  ) as location
  cross join lateral (
    select * from mail_message where owner_id = $1 and id = location.message_id limit 1
  ) as message
  left join lateral (
    select fetched_at from mail_body where owner_id = $1 and message_id = location.message_id limit 1
  ) as body on true`

export type MessageStore = ReturnType<typeof createMessageStore>

export function createMessageStore(database: Database) {
  return {
    /** What lists show of these messages, in no order; those that lie nowhere any more are left out. */
    async listed(ownerId: string, messageIds: readonly string[], on: Queryable = database): Promise<ListedMessage[]> {
      const { rows } = await sql<ListedMessage>`
        select ${sql.raw(listedColumns)}
        from ${shownPlace(ownerId, messageIds)} as location
        join mail_message as message on message.owner_id = ${ownerId} and message.id = location.message_id`.execute(on)
      return rows
    },

    /** Undefined for a message of somebody else, and for one that lies in no folder any more. */
    async find(ownerId: string, messageId: string): Promise<StoredMessage | undefined> {
      const [row] = await prepared<StoredMessage>(database, findStatement, [ownerId, messageId])
      return row
    },

    async findBody(ownerId: string, messageId: string): Promise<StoredBody | undefined> {
      return database
        .selectFrom('mail_body')
        .select(['text_body as text', 'html_body as html', 'is_truncated as isTruncated'])
        .where('owner_id', '=', ownerId)
        .where('message_id', '=', messageId)
        .executeTakeFirst()
    },

    /** The places where the server had it last, INBOX and the like before All Mail. */
    async placesOnServer(ownerId: string, messageId: string): Promise<ServerPlace[]> {
      return database
        .selectFrom('mail_location as place')
        .innerJoin('mail_folder as folder', (join) =>
          join.onRef('folder.owner_id', '=', 'place.owner_id').onRef('folder.id', '=', 'place.folder_id'),
        )
        .select(['folder.path', 'place.uidvalidity', 'place.uid'])
        .where('place.owner_id', '=', ownerId)
        .where('place.message_id', '=', messageId)
        .where('place.gone_at', 'is', null)
        .orderBy(sql`folder.role is not distinct from 'all'`)
        .orderBy('place.uid', 'desc')
        .execute()
    },
  }
}
