import type { Pool } from 'pg'
import { preparedName } from '#platform/database/prepared.ts'
import type { ListWalk, MessageKey } from './list-walk.ts'
import { type ListedMessage, listedColumns } from './message-list-store.ts'
import { createPlaceWalk, foldersOf, type PlaceWalk, utc } from './place-walk-store.ts'

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
  is_pinned: boolean
  is_muted: boolean
  label_ids: string[]
  preview: string
  message_ids: string[]
}

export type ListedMember = ListedMessage & { is_hidden: boolean; is_muted: boolean }

/** More than any thread of ours has; the server's own may be larger. */
const maxMembers = 500

/**
 * The messages of a thread, each with the place that stands for it: one in the opened folders first, any rather than
 * Gmail's All Mail, Trash or Junk. A message of a release without threads is a thread of its own.
 */
const members = (threadId: string, opened: string) => `(
    select * from mail_message where owner_id = $1 and thread_id = ${threadId}
    union all
    select * from mail_message where owner_id = $1 and id = ${threadId} and thread_id is null
    order by received_at desc, id desc
    limit ${maxMembers}
  ) as message
  cross join lateral (
    select *, shown_folder_id = any(${foldersOf("'trash', 'junk'", opened)}) as is_hidden,
      shown_folder_id = any(${foldersOf("'all'", opened)}) as is_copy
    from mail_location
    where owner_id = $1 and message_id = message.id and gone_at is null
    order by shown_folder_id = any(${opened}) desc, is_hidden, is_copy, folder_id, uid desc
    limit 1
  ) as location`

/** Of a message that lies in All Mail and in another folder, All Mail's row. */
const isRepeated = `location.is_copy and not bool_and(location.is_copy) over (
  partition by coalesce(message.message_id_header, message.id::text), message.size_bytes)`

const isMuted = (threadId: string) =>
  `exists (select from mail_muted_thread where owner_id = $1 and thread_id = ${threadId})`

const newestFirst = 'order by received_at desc, id desc'

// The walk goes over the list's places, newest first, and stops at those than which no other of their thread in the list
// is newer, or came back from a snooze later. A limit that the planner knows keeps it a walk: without one it would sort
// the whole folder.
const listStatement = (places: PlaceWalk, limit: string) => `
  select page.thread_id as id, page.mail_account_id, ${utc('page.received_at')} as received_at, page.message_id, thread.*,
    ${isMuted('page.thread_id')} as is_muted, array(
      select distinct label.id from mail_message_label as labelled
      join mail_label as label on label.owner_id = $1 and label.id = labelled.label_id
      where labelled.owner_id = $1 and labelled.message_id = any(thread.member_ids)) as label_ids
  from (
    select location.*, message.thread_id
    from (${places.stridePlaces()}) as location
    cross join lateral (
      select thread_id as shared_id, coalesce(thread_id, id) as thread_id
      from mail_message as message where owner_id = $1 and id = location.message_id ${places.isAddressed('message')}
      limit 1
    ) as message
    where (
      select true from mail_message as newer
      where newer.owner_id = $1 and newer.thread_id = message.shared_id and newer.received_at >= location.received_at
        and (newer.received_at, newer.id) > (location.received_at, location.message_id)
        and ${places.isListed('newer')} ${places.isAddressed('newer')}
      limit 1
    ) is null
    and (
      select true from mail_message as returned
      where returned.owner_id = $1 and returned.thread_id = message.shared_id and returned.returned_at is not null
        and ${places.isListed('returned', 'and (received_at, message_id) > (location.received_at, location.message_id)')}
        ${places.isAddressed('returned')}
      limit 1
    ) is null
    order by location.received_at desc, location.message_id desc
    limit ${limit}
  ) as page
  cross join lateral (
    select (array_agg(subject order by received_at, id))[1] as subject,
      (array_agg(from_name ${newestFirst}))[1:50] as from_names,
      (array_agg(from_email ${newestFirst}))[1:50] as from_emails,
      count(*)::int as message_count, count(*) filter (where not is_read)::int as unread_count,
      bool_or(has_attachments) as has_attachments, bool_or(is_starred) as is_starred,
      bool_or(is_pinned) as is_pinned, array_agg(id) as member_ids,
      (array_agg(preview ${newestFirst}) filter (where is_in_scope))[1] as preview,
      array_agg(id ${newestFirst}) filter (where is_in_scope) as message_ids
    from (
      select message.id, message.received_at, message.subject, message.from_name, message.from_email, message.preview,
        message.has_attachments, message.pinned_at is not null as is_pinned, location.is_read, location.is_starred,
        ${places.isInScope('location', 'message.id')} as is_in_scope, ${isRepeated} as is_repeated
      from ${members('page.thread_id', places.folders())}
      where not location.is_hidden
    ) as member
    where not is_repeated
  ) as thread
  order by page.received_at desc, page.message_id desc`

const viewStatement = `
  select * from (
    select ${listedColumns}, location.is_hidden, ${isRepeated} as is_repeated, ${isMuted('$3::uuid')} as is_muted
    from ${members('$3::uuid', '$2::uuid[]')}
  ) as member
  where not is_repeated
  order by received_at, id`

export type ThreadListStore = ReturnType<typeof createThreadListStore>

export function createThreadListStore(pool: Pool) {
  return {
    /**
     * Threads with a message in the list, by the newest that is there. Fewer than `limit` may be all that there are in
     * a stride of the walk: `strideEnd` tells whether it goes on.
     */
    async list(
      ownerId: string,
      walk: ListWalk,
      { after, limit }: { after: MessageKey | undefined; limit: number },
    ): Promise<ListedThread[]> {
      const places = createPlaceWalk(ownerId, walk, after)
      const text = listStatement(places, places.add(limit, 'int'))
      const { rows } = await pool.query<ListedThread>({ name: preparedName(text), text, values: places.values })
      return rows
    },

    /** Where the stride after `after` ends; undefined when the list ends in it. */
    async strideEnd(ownerId: string, walk: ListWalk, after: MessageKey | undefined): Promise<MessageKey | undefined> {
      if (walk.among) return undefined
      const places = createPlaceWalk(ownerId, walk, after)
      const { rows } = await pool.query<MessageKey>({ text: places.strideEnd(), values: places.values })
      return rows[0]
    },

    /** The messages of a thread, the oldest first; none for somebody else's. `is_hidden`: in Trash or Junk alone. */
    async view(ownerId: string, threadId: string, folderId: string | undefined): Promise<ListedMember[]> {
      const values = [ownerId, folderId === undefined ? [] : [folderId], threadId]
      const { rows } = await pool.query<ListedMember>({ name: 'mail_thread', text: viewStatement, values })
      return rows
    },
  }
}
