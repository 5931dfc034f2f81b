import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { MessagePart } from './body-parts.ts'
import type { AccountKey } from './folder-store.ts'

/** A message whose body is not stored yet, and where to fetch it; nowhere while it is on its way between folders. */
export type PendingBody = {
  id: string
  received_at: Date
  parts: MessagePart[]
  attempts: number
  path: string | null
  /** All its folders are synced without bodies. */
  is_headers_only: boolean
  uidvalidity: number
  uid: number
  subject: string
  from_name: string
  from_email: string
  /** JSON, read where it is needed. */
  recipients: string
}

/** What is fetched of bodies: first what search and previews need of all of them, then the HTML beside a text. */
export type BodyForm = 'words' | 'html'

/** How far somebody has read what is pending. */
export type BodyPlace = { receivedAt: Date; id: string }

/** A body that ended this many processes is given up: whoever opens it gets the original, and sync leaves it alone. */
export const maxBodyAttempts = 3

export const pendingBodyStore = {
  /** Newest first. */
  async next(
    db: Queryable,
    { ownerId, mailAccountId }: AccountKey,
    { form, after, limit }: { form: BodyForm; after?: BodyPlace | undefined; limit: number },
  ): Promise<PendingBody[]> {
    // The page first, then its messages and places: joined at once, a table without statistics is read whole for each.
    // Nor may the planner see that an index of places that are not gone would do: it would walk over all of the owner's.
    const { rows } = await sql<PendingBody>`
      with page as materialized (
        select message_id, received_at, attempts from mail_pending_body
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and form = ${form}
          and (received_at, message_id) < (${after?.receivedAt ?? 'infinity'}::timestamptz,
            ${after?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid)
        order by received_at desc, message_id desc
        limit ${limit}
      )
      select page.message_id as id, page.received_at, page.attempts, message.parts, message.subject, message.from_name,
        message.from_email, message.recipients::text as recipients, place.path,
        coalesce(place.sync = 'listing', false) as is_headers_only, place.uidvalidity, place.uid
      from page
      cross join lateral (
        select parts, subject, from_name, from_email, recipients from mail_message
        where owner_id = ${ownerId} and id = page.message_id limit 1
      ) as message
      left join lateral (
        select folder.path, folder.sync, location.uidvalidity, location.uid
        from mail_location as location
        join mail_folder as folder on folder.owner_id = location.owner_id and folder.id = location.folder_id
          and folder.uidvalidity = location.uidvalidity
        where location.owner_id = ${ownerId} and location.message_id = page.message_id
          and coalesce(location.gone_at, 'infinity') = 'infinity'
        order by folder.sync
        limit 1
      ) as place on true
      order by page.received_at desc, page.message_id desc`.execute(db)
    return rows
  },

  async count(db: Queryable, { ownerId, mailAccountId }: AccountKey, limit: number): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from (
        select from mail_pending_body
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} limit ${limit}
      ) as pending`.execute(db)
    return rows[0]?.count ?? 0
  },

  /** A process died over them, or the server refused to show them. */
  countAttempt: (tx: Tx, { ownerId, mailAccountId }: AccountKey, form: BodyForm, ids: readonly string[]) =>
    sql`update mail_pending_body set attempts = attempts + 1
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and form = ${form}
        and message_id = any(${ids}::uuid[])`.execute(tx),

  /** Fetched when somebody opens them. */
  markHeadersOnly: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_state = 'headers_only'
      where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx),

  /** For messages that came into a folder whose bodies are kept. */
  want: (tx: Tx, { ownerId }: Pick<AccountKey, 'ownerId'>, ids: readonly string[]) =>
    sql`
      with wanted as (
        update mail_message set body_state = 'pending'
        where owner_id = ${ownerId} and id = any(${ids}::uuid[]) and body_state = 'headers_only'
        returning id, mail_account_id, received_at
      )
      insert into mail_pending_body (owner_id, mail_account_id, form, received_at, message_id)
      select ${ownerId}, mail_account_id, 'words', received_at, id from wanted
      on conflict do nothing`.execute(tx),

  markFailed: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_state = 'failed'
      where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx),
}
