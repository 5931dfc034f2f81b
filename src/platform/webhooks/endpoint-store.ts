import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { EventFilter } from './catalog.ts'

export type EndpointState = 'active' | 'paused' | 'disabled'
export type EndpointRow = {
  id: string
  url: string
  description: string
  event_types: string[]
  filter: EventFilter
  payload: 'slim' | 'full'
  state: EndpointState
  state_reason: 'owner' | 'failing' | 'gone' | null
  failing_since: Date | null
  created_at: Date
  secrets: { id: string; created_at: string }[]
}

export type NewEndpoint = {
  id: string
  module: string
  url: string
  description: string
  eventTypes: readonly string[]
  filter: EventFilter
  payload: 'slim' | 'full'
}
export type EndpointEdit = Partial<Omit<NewEndpoint, 'id' | 'module'>>
export type EndpointKey = { ownerId: string; id: string }

const columns = sql`id, url, description, event_types, filter, payload, state, state_reason, failing_since, created_at,
  (select coalesce(json_agg(json_build_object('id', secret.id, 'created_at', secret.created_at) order by secret.id), '[]')
    from webhook_secret as secret
    where secret.owner_id = webhook_endpoint.owner_id and secret.endpoint_id = webhook_endpoint.id) as secrets`

const lastSeq = (ownerId: string) => sql`coalesce((select last_seq from event_sequence where owner_id = ${ownerId}), 0)`

export const endpointStore = {
  /** Counts under a lock, so that two requests cannot pass a limit together. */
  async count(tx: Tx, ownerId: string, module: string): Promise<number> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`webhook_endpoint:${ownerId}`}, 0))`.execute(tx)
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from webhook_endpoint where owner_id = ${ownerId} and module = ${module}`.execute(tx)
    return rows[0]?.count ?? 0
  },

  /** It takes the events that come after this transaction. */
  insert: (tx: Tx, ownerId: string, one: NewEndpoint) =>
    sql`insert into webhook_endpoint (owner_id, id, module, url, description, event_types, filter, payload, scanned_seq)
      values (${ownerId}, ${one.id}, ${one.module}, ${one.url}, ${one.description}, ${[...one.eventTypes]}::text[],
        ${JSON.stringify(one.filter)}::jsonb, ${one.payload}, ${lastSeq(ownerId)})`.execute(tx),

  async find(db: Queryable, { ownerId, id }: EndpointKey, module: string): Promise<EndpointRow | undefined> {
    const { rows } = await sql<EndpointRow>`
      select ${columns} from webhook_endpoint
      where owner_id = ${ownerId} and id = ${id} and module = ${module}`.execute(db)
    return rows[0]
  },

  /** Oldest first. */
  async list(
    db: Queryable,
    { ownerId, module }: { ownerId: string; module: string },
    { after, limit }: { after: string | undefined; limit: number },
  ): Promise<EndpointRow[]> {
    const { rows } = await sql<EndpointRow>`
      select ${columns} from webhook_endpoint
      where owner_id = ${ownerId} and module = ${module}
        and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
      order by id limit ${limit}`.execute(db)
    return rows
  },

  /** Held until the end of the transaction: an endpoint's deliveries are made, claimed and settled by one at a time. */
  async lock(tx: Tx, { ownerId, id }: EndpointKey): Promise<LockedEndpoint | undefined> {
    const { rows } = await sql<LockedEndpoint>`
      select id, module, url, event_types, filter, payload, state, failing_since, scanned_seq
      from webhook_endpoint where owner_id = ${ownerId} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  update: (tx: Tx, { ownerId, id }: EndpointKey, edit: EndpointEdit) =>
    sql`update webhook_endpoint set
        url = coalesce(${edit.url ?? null}, url),
        description = coalesce(${edit.description ?? null}, description),
        event_types = coalesce(${edit.eventTypes ? [...edit.eventTypes] : null}::text[], event_types),
        filter = coalesce(${edit.filter ? JSON.stringify(edit.filter) : null}::jsonb, filter),
        payload = coalesce(${edit.payload ?? null}, payload)
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  stop: (tx: Tx, { ownerId, id }: EndpointKey, to: Stop) =>
    sql`update webhook_endpoint set state = ${to.state}, state_reason = ${to.reason}
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** With what happens from now on. */
  start: (tx: Tx, { ownerId, id }: EndpointKey) =>
    sql`update webhook_endpoint set state = 'active', state_reason = null, failing_since = null,
        held_until = '-infinity', scanned_seq = ${lastSeq(ownerId)}
      where owner_id = ${ownerId} and id = ${id} and state <> 'active'`.execute(tx),

  /** False when there is none. */
  async delete(tx: Tx, { ownerId, id }: EndpointKey): Promise<boolean> {
    const { numAffectedRows } = await sql`
      delete from webhook_endpoint where owner_id = ${ownerId} and id = ${id}`.execute(tx)
    return numAffectedRows === 1n
  },
}

export type Stop = { state: 'paused'; reason: 'owner' | 'failing' } | { state: 'disabled'; reason: 'gone' }

export type LockedEndpoint = {
  id: string
  module: string
  url: string
  event_types: string[]
  filter: EventFilter
  payload: 'slim' | 'full'
  state: EndpointState
  failing_since: Date | null
  scanned_seq: number
}
