import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { EndpointKey } from './endpoint-store.ts'

export type DeliveryState = 'pending' | 'delivered' | 'dead'

export type DeliveryRow = {
  id: string
  endpoint_id: string
  seq: number | null
  event_type: string
  state: DeliveryState
  attempts: number
  /** Null while another delivery about the same thing goes first, and at the end. */
  next_attempt_at: Date | null
  last_status: number | null
  last_error: string | null
  created_at: Date
  finished_at: Date | null
}

export type AttemptRow = {
  number: number
  url: string
  /** RFC 3339. */
  started_at: string
  answered_ms: number | null
  duration_ms: number
  status: number | null
  error: string | null
  answer: string | null
}

export type DetailsRow = DeliveryRow & { body: string; attempt_log: AttemptRow[] }

const columns = sql`delivery.id, delivery.endpoint_id, delivery.seq, delivery.event_type, delivery.state,
  delivery.attempts, delivery.last_status, delivery.last_error, delivery.created_at, delivery.finished_at,
  case when delivery.state = 'pending' and delivery.next_attempt_at < 'infinity' then delivery.next_attempt_at end
    as next_attempt_at`

type OfModule = { ownerId: string; module: string }

/** The log of deliveries, as their owner reads it. */
export const deliveryStore = {
  /** Newest first. */
  async list(
    db: Queryable,
    { ownerId, id }: EndpointKey,
    { state, before, limit }: { state: DeliveryState | undefined; before: string | undefined; limit: number },
  ): Promise<DeliveryRow[]> {
    const { rows } = await sql<DeliveryRow>`
      select ${columns} from webhook_delivery as delivery
      where owner_id = ${ownerId} and endpoint_id = ${id}
        and ${state === undefined ? sql`true` : sql`state = ${sql.lit(state)}`}
        and (${before ?? null}::uuid is null or id < ${before ?? null}::uuid)
      order by id desc limit ${limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, { ownerId, module }: OfModule, id: string): Promise<DeliveryRow | undefined> {
    const { rows } = await sql<DeliveryRow>`
      select ${columns} from webhook_delivery as delivery
      join webhook_endpoint as endpoint
        on endpoint.owner_id = delivery.owner_id and endpoint.id = delivery.endpoint_id
      where delivery.owner_id = ${ownerId} and delivery.id = ${id} and endpoint.module = ${module}`.execute(db)
    return rows[0]
  },

  /** With its attempts, as of one moment. */
  async details(db: Queryable, { ownerId, module }: OfModule, id: string): Promise<DetailsRow | undefined> {
    const { rows } = await sql<DetailsRow>`
      select ${columns}, delivery.body,
        (select coalesce(json_agg(json_build_object('number', number, 'url', url, 'started_at', started_at,
            'answered_ms', answered_ms, 'duration_ms', duration_ms, 'status', status, 'error', error, 'answer', answer)
            order by number), '[]')
          from webhook_attempt as attempt
          where attempt.owner_id = delivery.owner_id and attempt.delivery_id = delivery.id) as attempt_log
      from webhook_delivery as delivery
      join webhook_endpoint as endpoint
        on endpoint.owner_id = delivery.owner_id and endpoint.id = delivery.endpoint_id
      where delivery.owner_id = ${ownerId} and delivery.id = ${id} and endpoint.module = ${module}`.execute(db)
    return rows[0]
  },

  /** A sample, due at once whatever else is. */
  insertTest: (tx: Tx, { ownerId, id }: EndpointKey, test: { id: string; type: string; body: string }) =>
    sql`insert into webhook_delivery (owner_id, endpoint_id, id, event_type, order_key, body, next_attempt_at)
      values (${ownerId}, ${id}, ${test.id}, ${test.type}, ${`test ${test.id}`}, ${test.body}, now())`.execute(tx),

  /**
   * In line again with what happened about the same thing; one that is under way is left alone. An own line for a test,
   * which waits for nothing. Undefined when there is none.
   */
  async requeue(tx: Tx, ownerId: string, id: string): Promise<{ order_key: string } | undefined> {
    const { rows } = await sql<{ order_key: string }>`
      update webhook_delivery set state = 'pending', finished_at = null,
        failures = case when claim_id is null then 0 else failures end,
        next_attempt_at = case
          when claim_id is not null then next_attempt_at
          when seq is null then now()
          else 'infinity' end
      where owner_id = ${ownerId} and id = ${id}
      returning order_key`.execute(tx)
    return rows[0]
  },
}
