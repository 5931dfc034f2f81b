import type { Pool } from 'pg'
import { preparedName } from '#platform/database/prepared.ts'
import { phraseQuery } from '#platform/words/word-query.ts'
import { isStrided, type ListWalk, type MessageKey } from './list-walk.ts'
import { createPlaceWalk, type PlaceWalk, utc } from './place-walk-store.ts'
import type { Address } from './wire.ts'

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
  /** By which lists are sorted, with microseconds: when it came, or came back from a snooze. */
  sorted_at: string
  sent_at: string | null
  size_bytes: number
  preview: string
  is_read: boolean
  is_starred: boolean
  is_answered: boolean
  is_draft: boolean
  keywords: string[]
  has_attachments: boolean
  label_ids: string[]
  is_pinned: boolean
  snoozed_until: string | null
}

/** What a list shows of `message` at `location`. */
export const listedColumns = `
  message.id, location.mail_account_id, location.shown_folder_id as folder_id,
  coalesce(message.thread_id, message.id) as thread_id, message.subject, message.from_name, message.from_email,
  jsonb_path_query_array(message.recipients, '$.to[0 to 19]') as "to",
  ${utc('message.received_at')} as received_at, ${utc('location.received_at')} as sorted_at,
  ${utc('message.sent_at')} as sent_at, message.size_bytes,
  message.preview, location.is_read, location.is_starred, location.is_answered, location.is_draft, location.keywords,
  message.has_attachments, message.pinned_at is not null as is_pinned,
  ${utc('message.snoozed_until')} as snoozed_until,
  array(select label.id from mail_message_label as labelled
    join mail_label as label on label.owner_id = labelled.owner_id and label.id = labelled.label_id
    where labelled.owner_id = message.owner_id and labelled.message_id = message.id
    order by lower(label.name)) as label_ids`

export type MessageListStore = ReturnType<typeof createMessageListStore>

export function createMessageListStore(pool: Pool) {
  return {
    /**
     * Messages as their owner sees them, newest first. One that lies in a folder twice comes twice in a row. Fewer than
     * `limit` may be all that there are in a stride: `strideEnd` tells whether the walk goes on.
     */
    async list(
      ownerId: string,
      walk: ListWalk,
      { after, limit }: { after: MessageKey | undefined; limit: number },
    ): Promise<ListedMessage[]> {
      const places = createPlaceWalk(ownerId, walk, after)
      const text = listStatement(places, places.add(limit, 'int'))
      const { rows } = await pool.query<ListedMessage>({ name: preparedName(text), text, values: places.values })
      return rows
    },

    /** Where the stride after `after` ends; undefined when the list ends in it. */
    async strideEnd(ownerId: string, walk: ListWalk, after: MessageKey | undefined): Promise<MessageKey | undefined> {
      if (!isStrided(walk)) return undefined
      const places = createPlaceWalk(ownerId, walk, after)
      const { rows } = await pool.query<MessageKey>({ text: places.strideEnd(), values: places.values })
      return rows[0]
    },

    /**
     * The messages that can have such a sender and recipient, by the words of their people; undefined when they are so
     * many that a walk finds a page of them sooner.
     */
    async candidates(ownerId: string, addresses: readonly string[]): Promise<string[] | undefined> {
      const words = addresses.map((_, at) => `$${at + 2}::tsquery`).join(' && ')
      const text = `select message_id from mail_search where owner_id = $1 and words @@ (${words}) limit ${maxCandidates + 1}`
      const { rows } = await pool.query<{ message_id: string }>({
        text,
        values: [ownerId, ...addresses.map(phraseQuery)],
      })
      return rows.length > maxCandidates ? undefined : rows.map((row) => row.message_id)
    },
  }
}

/** Sorting these costs less than walking over as many places. */
const maxCandidates = 2000

// The page of places is cut before messages are looked up: whatever the planner guesses about the limit, it walks
// mail_location_list (or the partial index of a filter) and reads no more messages than it shows.
const listStatement = (places: PlaceWalk, limit: string) => `
  select ${listedColumns}
  from (${places.pagePlaces(limit)}) as location
  cross join lateral (
    select * from mail_message where owner_id = $1 and id = location.message_id limit 1
  ) as message
  where true ${places.isAddressed('message')}
  order by location.received_at desc, location.message_id desc
  limit ${limit}`
