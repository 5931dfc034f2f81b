import type { Pool } from 'pg'
import { type ListedMessage, listedColumns, type MessageKey, utc } from './message-list-store.ts'

export type ListedThread = {
  id: string
  mail_account_id: string
  /** Where the list goes on after it: its newest message in the folder. */
  received_at: string
  message_id: string
  subject: string
  /** Of its newest messages, the newest first, with repetitions. */
  from_names: string[]
  from_emails: string[]
  message_count: number
  unread_count: number
  has_attachments: boolean
  is_starred: boolean
  preview: string
  message_ids: string[]
}

export type ListedMember = ListedMessage & { is_hidden: boolean }

/** More than any thread of ours has; the server's own may be larger. */
const maxMembers = 500

const foldersOf = (roles: string) =>
  `array(select id from mail_folder where owner_id = $1 and role in (${roles}) and id is distinct from $2::uuid)`

/**
 * The messages of a thread, each with the place that stands for it: the opened folder ($2) first, any rather than
 * Gmail's All Mail, Trash or Junk. A message of a release without threads is a thread of its own.
 */
const members = (threadId: string) => `(
    select * from mail_message where owner_id = $1 and thread_id = ${threadId}
    union all
    select * from mail_message where owner_id = $1 and id = ${threadId} and thread_id is null
    order by received_at desc, id desc
    limit ${maxMembers}
  ) as message
  cross join lateral (
    select *, shown_folder_id = any(${foldersOf("'trash', 'junk'")}) as is_hidden,
      shown_folder_id = any(${foldersOf("'all'")}) as is_copy
    from mail_location
    where owner_id = $1 and message_id = message.id and gone_at is null
    order by shown_folder_id is not distinct from $2::uuid desc, is_hidden, is_copy, folder_id, uid desc
    limit 1
  ) as location`

/** Of a message that lies in All Mail and in another folder, All Mail's row. */
const isRepeated = `location.is_copy and not bool_and(location.is_copy) over (
  partition by coalesce(message.message_id_header, message.id::text), message.size_bytes)`

const newestFirst = 'order by received_at desc, id desc'

/** Places of a folder that one statement walks over at most. */
const stride = 1000

/** Places as their folder shows them, newest first. */
const placesAfter = `
      select mail_account_id, message_id, received_at from mail_location
      where owner_id = $1 and shown_folder_id = $2 and gone_at is null
        and (received_at, message_id) < ($3::timestamptz, $4::uuid)
      order by received_at desc, message_id desc`

// The walk goes over the folder's places, newest first, and stops at those than which no other of their thread in the
// folder is newer. A limit that the planner knows keeps it a walk: without one it would sort the whole folder.
const listStatement = `
  select page.thread_id as id, page.mail_account_id, ${utc('page.received_at')} as received_at, page.message_id, thread.*
  from (
    select location.*, message.thread_id
    from (${placesAfter}
      limit ${stride}
    ) as location
    cross join lateral (
      select thread_id as shared_id, coalesce(thread_id, id) as thread_id
      from mail_message where owner_id = $1 and id = location.message_id limit 1
    ) as message
    where (
      select true from mail_message as newer
      where newer.owner_id = $1 and newer.thread_id = message.shared_id and newer.received_at >= location.received_at
        and (newer.received_at, newer.id) > (location.received_at, location.message_id)
        and exists (select from mail_location as place where place.owner_id = $1 and place.message_id = newer.id
          and place.shown_folder_id = $2 and place.gone_at is null offset 0)
      limit 1
    ) is null
    order by location.received_at desc, location.message_id desc
    limit $5
  ) as page
  cross join lateral (
    select (array_agg(subject order by received_at, id))[1] as subject,
      (array_agg(from_name ${newestFirst}))[1:50] as from_names,
      (array_agg(from_email ${newestFirst}))[1:50] as from_emails,
      count(*)::int as message_count, count(*) filter (where not is_read)::int as unread_count,
      bool_or(has_attachments) as has_attachments, bool_or(is_starred) as is_starred,
      (array_agg(preview ${newestFirst}) filter (where shown_folder_id = $2))[1] as preview,
      array_agg(id ${newestFirst}) filter (where shown_folder_id = $2) as message_ids
    from (
      select message.id, message.received_at, message.subject, message.from_name, message.from_email, message.preview,
        message.has_attachments, location.shown_folder_id, location.is_read, location.is_starred,
        ${isRepeated} as is_repeated
      from ${members('page.thread_id')}
      where not location.is_hidden
    ) as member
    where not is_repeated
  ) as thread
  order by page.received_at desc, page.message_id desc`

const viewStatement = `
  select * from (
    select ${listedColumns}, location.is_hidden, ${isRepeated} as is_repeated
    from ${members('$3::uuid')}
  ) as member
  where not is_repeated
  order by received_at, id`

const strideStatement = `
  select ${utc('received_at')} as "receivedAt", message_id as "messageId"
  from (${placesAfter}
      limit 1 offset ${stride - 1}) as place`

const first: MessageKey = { receivedAt: 'infinity', messageId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

export type ThreadListStore = ReturnType<typeof createThreadListStore>

export function createThreadListStore(pool: Pool) {
  return {
    /**
     * Threads with a message in a folder, by the newest that is there. Fewer than `limit` may be all that there are in
     * a stride of the walk: `strideEnd` tells whether it goes on.
     */
    async list(
      ownerId: string,
      folderId: string,
      { after, limit }: { after: MessageKey | undefined; limit: number },
    ): Promise<ListedThread[]> {
      const { receivedAt, messageId } = after ?? first
      const values = [ownerId, folderId, receivedAt, messageId, limit]
      const { rows } = await pool.query<ListedThread>({ name: 'mail_thread_list', text: listStatement, values })
      return rows
    },

    /** Where the stride after `after` ends; undefined when the folder ends in it. */
    async strideEnd(ownerId: string, folderId: string, after: MessageKey | undefined): Promise<MessageKey | undefined> {
      const { receivedAt, messageId } = after ?? first
      const values = [ownerId, folderId, receivedAt, messageId]
      const { rows } = await pool.query<MessageKey>({ name: 'mail_thread_stride', text: strideStatement, values })
      return rows[0]
    },

    /** The messages of a thread, the oldest first; none for somebody else's. `is_hidden`: in Trash or Junk alone. */
    async view(ownerId: string, threadId: string, folderId: string | undefined): Promise<ListedMember[]> {
      const values = [ownerId, folderId ?? null, threadId]
      const { rows } = await pool.query<ListedMember>({ name: 'mail_thread', text: viewStatement, values })
      return rows
    },
  }
}
