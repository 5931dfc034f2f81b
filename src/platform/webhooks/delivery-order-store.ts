import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import type { EndpointKey } from './endpoint-store.ts'

/** Who of an endpoint's pending deliveries has its turn. The endpoint is locked by who calls these, and active. */
export const deliveryOrderStore = {
  /**
   * Lets the first pending delivery about each of these things have its turn, and all others about them wait; about all
   * things by default. One that is under way stays first whatever came before it meanwhile.
   */
  putInOrder: (tx: Tx, { ownerId, id }: EndpointKey, orderKeys?: readonly string[]) =>
    sql`
      with pending as (
        select id, next_attempt_at = 'infinity' as is_waiting,
          row_number() over (partition by order_key order by claim_id is null, seq, id) = 1 as is_first
        from webhook_delivery
        where owner_id = ${ownerId} and endpoint_id = ${id} and state = 'pending'
          and (${orderKeys === undefined} or order_key = any(${[...new Set(orderKeys)]}::text[]))
      )
      update webhook_delivery as delivery
      set next_attempt_at = case when pending.is_first then now() else 'infinity' end
      from pending
      where delivery.owner_id = ${ownerId} and delivery.id = pending.id
        and pending.is_first = pending.is_waiting`.execute(tx),

  /** Nothing has its turn until the endpoint is started again, but what is under way and tests. */
  park: (tx: Tx, { ownerId, id }: EndpointKey) =>
    sql`update webhook_delivery set next_attempt_at = 'infinity'
      where owner_id = ${ownerId} and endpoint_id = ${id} and state = 'pending' and claim_id is null
        and seq is not null and next_attempt_at < 'infinity'`.execute(tx),
}
