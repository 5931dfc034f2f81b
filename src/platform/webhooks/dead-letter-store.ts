import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type DeadLetterRow = {
  owner_id: string
  id: string
  endpoint_id: string
  module: string
  url: string
  event_type: string
  attempts: number
  last_status: number | null
  last_error: string | null
  created_at: Date
  finished_at: Date | null
}

const columns = sql`delivery.owner_id, delivery.id, delivery.endpoint_id, endpoint.module, endpoint.url,
  delivery.event_type, delivery.attempts, delivery.last_status, delivery.last_error, delivery.created_at,
  delivery.finished_at`
const withEndpoint = sql`webhook_delivery as delivery join webhook_endpoint as endpoint
  on endpoint.owner_id = delivery.owner_id and endpoint.id = delivery.endpoint_id`

/** What was given up, of all owners. What would have been sent is not read. */
export const deadLetterStore = {
  /** Newest first. */
  async list(db: Queryable, page: { before: string | undefined; limit: number }): Promise<DeadLetterRow[]> {
    const { rows } = await sql<DeadLetterRow>`
      select ${columns} from ${withEndpoint}
      where delivery.state = 'dead' and (${page.before ?? null}::uuid is null or delivery.id < ${page.before ?? null}::uuid)
      order by delivery.id desc limit ${page.limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<DeadLetterRow | undefined> {
    const { rows } = await sql<DeadLetterRow>`
      select ${columns} from ${withEndpoint}
      where delivery.owner_id = ${ownerId} and delivery.id = ${id} and delivery.state = 'dead'`.execute(db)
    return rows[0]
  },

  /** False when it is no dead letter any more. */
  async remove(tx: Tx, ownerId: string, id: string): Promise<boolean> {
    const { rows } = await sql`
      delete from webhook_delivery where owner_id = ${ownerId} and id = ${id} and state = 'dead' returning id`.execute(
      tx,
    )
    return rows.length > 0
  },

  async counts(db: Queryable): Promise<{ pending: number; dead: number; oldest_due_seconds: number | null }> {
    type Counts = { pending: number; dead: number; oldest_due_seconds: number | null }
    const { rows } = await sql<Counts>`
      select (select count(*) from webhook_delivery where state = 'pending') as pending,
        (select count(*) from webhook_delivery where state = 'dead') as dead,
        greatest(0, extract(epoch from now() - (
          select next_attempt_at from webhook_delivery where state = 'pending' order by next_attempt_at limit 1
        )))::float8 as oldest_due_seconds`.execute(db)
    return rows[0] ?? { pending: 0, dead: 0, oldest_due_seconds: null }
  },
}
