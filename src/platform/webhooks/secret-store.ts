import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'
import type { EndpointKey } from './endpoint-store.ts'

/** What a secret is bound to: its row. */
export const secretBinding = (id: string): string => `webhook_secret:${id}`

/** Where the engine keeps what the key ring sealed. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'webhook_secret', column: 'secret', bindingOf: secretBinding },
]

/** What an endpoint's deliveries are signed with. */
export const secretStore = {
  add: (tx: Tx, { ownerId, id }: EndpointKey, secret: { id: string; sealed: string }) =>
    sql`insert into webhook_secret (owner_id, id, endpoint_id, secret)
      values (${ownerId}, ${secret.id}, ${id}, ${secret.sealed})`.execute(tx),

  /** False when there is none. */
  async delete(tx: Tx, { ownerId, id }: EndpointKey, secretId: string): Promise<boolean> {
    const { numAffectedRows } = await sql`
      delete from webhook_secret
      where owner_id = ${ownerId} and id = ${secretId} and endpoint_id = ${id}`.execute(tx)
    return numAffectedRows === 1n
  },

  /** Newest first. */
  async sealed(db: Queryable, { ownerId, id }: EndpointKey): Promise<{ id: string; secret: string }[]> {
    const { rows } = await sql<{ id: string; secret: string }>`
      select id, secret from webhook_secret where owner_id = ${ownerId} and endpoint_id = ${id}
      order by id desc`.execute(db)
    return rows
  },
}
