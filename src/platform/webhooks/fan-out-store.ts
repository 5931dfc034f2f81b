import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { StoredEvent } from '#platform/events/events.ts'
import type { EndpointKey, LockedEndpoint } from './endpoint-store.ts'

export type NewDelivery = { id: string; seq: number | null; type: string; orderKey: string; body: string }

/** With whose data it is about, when that is not the endpoint's owner. */
export type FollowedEvent = StoredEvent & { origin_id: string | null }

export const fanOutStore = {
  /** The owner's endpoints that have not seen all events yet, and those with a replay under way. */
  async behind(db: Queryable, ownerId: string): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select id from webhook_endpoint as endpoint
      where owner_id = ${ownerId} and state = 'active'
        and (scanned_seq < (select last_seq from event_sequence where owner_id = ${ownerId})
          or exists (select from webhook_replay as replay
            where replay.owner_id = endpoint.owner_id and replay.endpoint_id = endpoint.id and replay.state = 'running'))
      order by id`.execute(db)
    return rows.map(({ id }) => id)
  },

  /** Owners for whom a job was lost; of these modules, as others may be switched off. */
  async ownersBehind(db: Queryable, modules: readonly string[], limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select endpoint.owner_id from webhook_endpoint as endpoint
      join event_sequence as sequence on sequence.owner_id = endpoint.owner_id
      where endpoint.state = 'active' and endpoint.scanned_seq < sequence.last_seq
        and endpoint.module = any(${[...modules]}::text[])
      union
      select replay.owner_id from webhook_replay as replay
      join webhook_endpoint as endpoint on endpoint.owner_id = replay.owner_id and endpoint.id = replay.endpoint_id
      where replay.state = 'running' and endpoint.state = 'active' and endpoint.module = any(${[...modules]}::text[])
      limit ${limit}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  async find(db: Queryable, { ownerId, id }: EndpointKey): Promise<LockedEndpoint | undefined> {
    const { rows } = await sql<LockedEndpoint>`
      select id, module, url, event_types, filter, payload, state, failing_since, scanned_seq
      from webhook_endpoint where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** Events after `after`, as far as `upTo`. */
  async events(
    db: Queryable,
    ownerId: string,
    { after, upTo, limit }: { after: number; upTo?: number; limit: number },
  ): Promise<FollowedEvent[]> {
    const { rows } = await sql<FollowedEvent>`
      select seq, type, data, created_at, origin_id from event
      where owner_id = ${ownerId} and seq > ${after} and seq <= ${upTo ?? Number.MAX_SAFE_INTEGER}
      order by seq limit ${limit}`.execute(db)
    return rows
  },

  /** False when somebody else has gone on from there. */
  async moveOn(tx: Tx, { ownerId, id }: EndpointKey, seq: { from: number; to: number }): Promise<boolean> {
    const { numAffectedRows } = await sql`
      update webhook_endpoint set scanned_seq = ${seq.to}
      where owner_id = ${ownerId} and id = ${id} and scanned_seq = ${seq.from} and state = 'active'`.execute(tx)
    return numAffectedRows === 1n
  },

  /** They wait until they are put in order. What is stored already is left alone. */
  insert: (tx: Tx, { ownerId, id }: EndpointKey, deliveries: readonly NewDelivery[]) =>
    sql`insert into webhook_delivery (owner_id, endpoint_id, id, seq, event_type, order_key, body, next_attempt_at)
      select ${ownerId}, ${id}, new.id, new.seq, new.type, new."orderKey", new.body, 'infinity'
      from json_to_recordset(${JSON.stringify(deliveries)}::json)
        as new (id uuid, seq bigint, type text, "orderKey" text, body text)
      on conflict (owner_id, endpoint_id, seq) do nothing`.execute(tx),
}
