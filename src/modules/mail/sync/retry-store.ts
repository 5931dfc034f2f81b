import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { AccountKey } from './folder-store.ts'

/** How soon a write that was put off may be tried again, in milliseconds; undefined when none is open. */
export async function untilRetry(db: Queryable, { ownerId, mailAccountId }: AccountKey): Promise<number | undefined> {
  const { rows } = await sql<{ milliseconds: number | null }>`
    select (extract(epoch from least(
      (select min(next_attempt_at) from mail_remote_op
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and state in ('pending', 'running')),
      (select next_attempt_at from mail_folder_op
        where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} order by seq limit 1)
    ) - now()) * 1000)::float8 as milliseconds`.execute(db)
  const [due] = rows
  // Not `greatest` in SQL, which takes the null of "none" for the smaller of two.
  return due && due.milliseconds !== null ? Math.max(0, due.milliseconds) : undefined
}
