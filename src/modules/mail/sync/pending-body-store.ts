import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { MessagePart } from './body-parts.ts'
import type { AccountKey } from './folder-store.ts'

/** A message whose body is not stored yet, and where to fetch it; nowhere while it is on its way between folders. */
export type PendingBody = {
  id: string
  received_at: Date
  parts: MessagePart[]
  body_attempts: number
  path: string | null
  /** All its folders are synced without bodies. */
  is_headers_only: boolean
  uidvalidity: number
  uid: number
}

/** What is fetched of bodies: first what search and previews need of all of them, then the HTML beside a text. */
export type BodyForm = 'words' | 'html'

/** Where a walk through the pending bodies, newest first, stands. */
export type BodyPlace = { receivedAt: Date; id: string }

/** Whoever dies this often over a message leaves it alone. */
export const maxBodyAttempts = 3

export const pendingBodyStore = {
  async next(
    db: Queryable,
    key: AccountKey,
    { form, after, limit }: { form: BodyForm; after?: BodyPlace | undefined; limit: number },
  ): Promise<PendingBody[]> {
    const isPending = form === 'html' ? sql`body_state = 'indexed'` : sql`body_state in ('pending', 'attempted')`
    // The page first, then its places: joined at once, a table without statistics is read whole for each page.
    const { rows } = await sql<PendingBody>`
      with page as materialized (
        select id, received_at, parts, body_attempts from mail_message
        where owner_id = ${key.ownerId} and mail_account_id = ${key.mailAccountId}
          and ${isPending}
          and (received_at, id) < (${after?.receivedAt ?? 'infinity'}::timestamptz,
            ${after?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid)
        order by received_at desc, id desc
        limit ${limit}
      )
      select page.*, place.path, coalesce(place.sync = 'listing', false) as is_headers_only, place.uidvalidity, place.uid
      from page left join lateral (
        select folder.path, folder.sync, location.uidvalidity, location.uid
        from mail_location as location
        join mail_folder as folder on folder.owner_id = location.owner_id and folder.id = location.folder_id
          and folder.uidvalidity = location.uidvalidity
        where location.owner_id = ${key.ownerId} and location.message_id = page.id and location.gone_at is null
        order by folder.sync
        limit 1
      ) as place on true
      order by page.received_at desc, page.id desc`.execute(db)
    return rows
  },

  /** Before the bytes are touched: if they kill the process, this is what remembers it. */
  markAttempted: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_state = 'attempted', body_attempts = body_attempts + 1
      where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx),

  /** The connection failed, or the message was not there: that was no attempt at its bytes. */
  takeBackAttempt: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_attempts = greatest(0, body_attempts - 1),
        body_state = case when body_attempts <= 1 then 'pending' else body_state end
      where owner_id = ${ownerId} and id = any(${ids}::uuid[]) and body_state = 'attempted'`.execute(tx),

  /** Fetched when somebody opens them. */
  markHeadersOnly: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_state = 'headers_only'
      where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx),

  /** For messages that came into a folder whose bodies are kept. */
  want: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_state = 'pending'
      where owner_id = ${ownerId} and id = any(${ids}::uuid[]) and body_state = 'headers_only'`.execute(tx),

  /** The server refused to show them. */
  countHtmlAttempt: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_attempts = body_attempts + 1
      where owner_id = ${ownerId} and id = any(${ids}::uuid[]) and body_state = 'indexed'`.execute(tx),

  markFailed: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_state = 'failed'
      where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx),
}
