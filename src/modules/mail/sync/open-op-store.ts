import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { RemoteOp } from '../changes/remote-op-store.ts'
import type { AccountKey } from './folder-store.ts'

/** What is still to be written about these messages, oldest first. */
export async function openOps(
  db: Queryable,
  { ownerId }: AccountKey,
  messageIds: readonly string[],
): Promise<RemoteOp[]> {
  if (messageIds.length === 0) return []
  const { rows } = await sql<RemoteOp>`
    select id, mail_account_id, message_id, kind, change, state, attempts from mail_remote_op
    where owner_id = ${ownerId} and message_id = any(${messageIds}::uuid[]) and state in ('pending', 'running')
    order by seq`.execute(db)
  return rows
}
