import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { MessagePart } from './body-parts.ts'
import type { AccountKey } from './folder-store.ts'

/** A message whose body is not stored yet, and where to fetch it. */
export type PendingBody = {
  id: string
  received_at: Date
  parts: MessagePart[]
  body_attempts: number
  folder_id: string
  path: string
  uidvalidity: number
  uid: number
}

/** Where a walk through the pending bodies, newest first, stands. */
export type BodyPlace = { receivedAt: Date; id: string }

/** Whoever dies this often over a message leaves it alone. */
export const maxBodyAttempts = 3

export const pendingBodyStore = {
  async next(db: Queryable, key: AccountKey, after: BodyPlace | undefined, limit: number): Promise<PendingBody[]> {
    const { rows } = await sql<PendingBody>`
      select message.id, message.received_at, message.parts, message.body_attempts,
        folder.id as folder_id, folder.path, location.uidvalidity, location.uid
      from mail_message as message
      join mail_location as location on location.owner_id = message.owner_id and location.message_id = message.id
        and location.gone_at is null
      join mail_folder as folder on folder.owner_id = location.owner_id and folder.id = location.folder_id
        and folder.uidvalidity = location.uidvalidity
      where message.owner_id = ${key.ownerId} and message.mail_account_id = ${key.mailAccountId}
        and message.body_state in ('pending', 'attempted')
        and (message.received_at, message.id) < (${after?.receivedAt ?? 'infinity'}::timestamptz,
          ${after?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid)
      order by message.received_at desc, message.id desc
      limit ${limit}`.execute(db)
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

  markFailed: (tx: Tx, { ownerId }: AccountKey, ids: readonly string[]) =>
    sql`update mail_message set body_state = 'failed'
      where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx),
}
