import type { Pool } from 'pg'
import type { Address } from './wire.ts'

/** Where a list goes on: the sort key of the last row before it. `receivedAt` is RFC 3339 with microseconds. */
export type MessageKey = { receivedAt: string; messageId: string }

export type MessageFilter = { isUnread?: boolean; isStarred?: boolean }

export type ListedMessage = {
  id: string
  mail_account_id: string
  folder_id: string
  thread_id: string
  subject: string
  from_name: string
  from_email: string
  to: Address[] | null
  received_at: string
  sent_at: string | null
  size_bytes: number
  preview: string
  is_read: boolean
  is_starred: boolean
  is_answered: boolean
  is_draft: boolean
  keywords: string[]
  has_attachments: boolean
}

/** RFC 3339 in UTC with the microseconds that a Date would lose. */
export const utc = (time: string) => `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** What a list shows of `message` at `location`. */
export const listedColumns = `
  message.id, location.mail_account_id, location.shown_folder_id as folder_id,
  coalesce(message.thread_id, message.id) as thread_id, message.subject, message.from_name, message.from_email,
  jsonb_path_query_array(message.recipients, '$.to[0 to 19]') as "to",
  ${utc('location.received_at')} as received_at, ${utc('message.sent_at')} as sent_at, message.size_bytes,
  message.preview, location.is_read, location.is_starred, location.is_answered, location.is_draft, location.keywords,
  message.has_attachments`

// The page of places is cut before messages are looked up: whatever the planner guesses about the limit, it walks
// mail_location_list (or the partial index of a filter) and reads no more messages than it shows.
const listStatement = (filter: string) => `
  select ${listedColumns}
  from (
    select * from mail_location
    where owner_id = $1 and shown_folder_id = $2 and gone_at is null
      and (received_at, message_id) < ($3::timestamptz, $4::uuid) ${filter}
    order by received_at desc, message_id desc
    limit $5
  ) as location
  cross join lateral (
    select * from mail_message where owner_id = $1 and id = location.message_id limit 1
  ) as message
  order by location.received_at desc, location.message_id desc`

// The hottest query of all: prepared once a connection under its name, planned once.
const statements = {
  all: { name: 'mail_message_list', text: listStatement('') },
  unread: { name: 'mail_message_list_unread', text: listStatement('and not is_read') },
  starred: { name: 'mail_message_list_starred', text: listStatement('and is_starred') },
  unreadStarred: { name: 'mail_message_list_both', text: listStatement('and not is_read and is_starred') },
}

const first: MessageKey = { receivedAt: 'infinity', messageId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

export type MessageListStore = ReturnType<typeof createMessageListStore>

export function createMessageListStore(pool: Pool) {
  return {
    /** Messages as their owner sees them in a folder, newest first. One that lies there twice comes twice in a row. */
    async list(
      ownerId: string,
      folderId: string,
      page: { filter: MessageFilter; after: MessageKey | undefined; limit: number },
    ): Promise<ListedMessage[]> {
      const { receivedAt, messageId } = page.after ?? first
      const values = [ownerId, folderId, receivedAt, messageId, page.limit]
      const { rows } = await pool.query<ListedMessage>({ ...statementOf(page.filter), values })
      return rows
    },
  }
}

function statementOf({ isUnread = false, isStarred = false }: MessageFilter) {
  if (isUnread && isStarred) return statements.unreadStarred
  if (isUnread) return statements.unread
  return isStarred ? statements.starred : statements.all
}
