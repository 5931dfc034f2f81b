import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type TroubledAccountRow = {
  owner_id: string
  id: string
  email: string
  state: string
  error_code: string | null
  last_synced_at: Date | null
  updated_at: Date
}

/** Of a message no more than what operating needs: no subject, no names, no addresses, no content. */
export type TroubledMessageRow = {
  owner_id: string
  id: string
  mail_account_id: string
  state: string
  attempts: number
  recipient_count: number
  /** The status of the server's last words (RFC 5321 §4.2.1), without what it said. */
  last_status: string | null
  created_at: Date
  next_attempt_at: Date
}

type Page = { before: string | undefined; limit: number }

/** Mail of all owners, as operators see it. */
export const mailOperationsStore = {
  async accounts(db: Queryable, { before, limit }: Page): Promise<TroubledAccountRow[]> {
    const { rows } = await sql<TroubledAccountRow>`
      select owner_id, id, email, state, error_code, last_synced_at, updated_at from mail_account
      where state in ('error', 'needs_reauthentication') and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
      order by id desc limit ${limit}`.execute(db)
    return rows
  },

  /** What failed, of what nobody knows, and what waits longer than it should. */
  async outbox(db: Queryable, { before, limit }: Page): Promise<TroubledMessageRow[]> {
    const { rows } = await sql<TroubledMessageRow>`
      select owner_id, id, mail_account_id, state, attempts, jsonb_array_length(recipients) as recipient_count,
        substring(last_response from '^\\s*([245][0-9][0-9])\\M') as last_status, created_at, next_attempt_at
      from mail_outbox
      where state in ('failed', 'unknown', 'queued') and (state <> 'queued' or attempts > 0)
        and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
      order by id desc limit ${limit}`.execute(db)
    return rows
  },
}
