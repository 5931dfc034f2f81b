import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { AccountKey } from './folder-store.ts'
import type { BodyForm } from './pending-body-store.ts'

/** What processes had in hand when they ended. */
export type Interrupted = {
  listings: Array<{ id: string; batchSize: number }>
  bodies: Array<{ id: string; form: BodyForm; messageIds: string[] }>
}

/** What a process has in hand, written before it touches the first byte of it. */
export const attemptStore = {
  async beginListing(tx: Tx, { ownerId, mailAccountId }: AccountKey, batchSize: number): Promise<string> {
    const id = newId()
    await sql`insert into mail_sync_attempt (owner_id, mail_account_id, id, kind, batch_size)
      values (${ownerId}, ${mailAccountId}, ${id}, 'listing', ${batchSize})`.execute(tx)
    return id
  },

  async beginBodies(tx: Tx, key: AccountKey, form: BodyForm, messageIds: readonly string[]): Promise<string> {
    const id = newId()
    await sql`insert into mail_sync_attempt (owner_id, mail_account_id, id, kind, message_ids)
      values (${key.ownerId}, ${key.mailAccountId}, ${id}, ${form}, ${messageIds}::uuid[])`.execute(tx)
    return id
  },

  async end(tx: Tx, { ownerId, mailAccountId }: AccountKey, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await sql`delete from mail_sync_attempt
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId} and id = any(${ids}::uuid[])`.execute(tx)
  },

  async list(db: Queryable, { ownerId, mailAccountId }: AccountKey): Promise<Interrupted> {
    const rows = await db
      .selectFrom('mail_sync_attempt')
      .select(['id', 'kind', 'batch_size', 'message_ids'])
      .where('owner_id', '=', ownerId)
      .where('mail_account_id', '=', mailAccountId)
      .execute()
    const [listings, bodies] = [rows.filter(isListing), rows.filter((row) => !isListing(row))]
    return {
      listings: listings.map((row) => ({ id: row.id, batchSize: row.batch_size ?? 1 })),
      bodies: bodies.map((row) => ({ id: row.id, form: row.kind as BodyForm, messageIds: row.message_ids ?? [] })),
    }
  },
}

const isListing = ({ kind }: { kind: string }) => kind === 'listing'
