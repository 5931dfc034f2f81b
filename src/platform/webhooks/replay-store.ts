import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { EndpointKey } from './endpoint-store.ts'

export type ReplayRow = {
  id: string
  endpoint_id: string
  from_at: Date
  to_at: Date
  is_undelivered_only: boolean
  delivery_count: number
  state: 'running' | 'done'
  created_at: Date
}

export type RunningReplay = { id: string; is_undelivered_only: boolean; next_seq: number; last_seq: number }

export type NewReplay = { id: string; fromAt: Date; toAt: Date; isUndeliveredOnly: boolean }

const columns = sql`id, endpoint_id, from_at, to_at, is_undelivered_only, delivery_count, state, created_at`

export const replayStore = {
  /** Over the events of that time that are still kept, and that the endpoint has had its chance to take. */
  async insert(tx: Tx, { ownerId, id: endpointId }: EndpointKey, replay: NewReplay): Promise<ReplayRow | undefined> {
    const { rows } = await sql<ReplayRow>`
      insert into webhook_replay (owner_id, id, endpoint_id, from_at, to_at, is_undelivered_only, next_seq, last_seq)
      select ${ownerId}, ${replay.id}, ${endpointId}, ${replay.fromAt}, ${replay.toAt}, ${replay.isUndeliveredOnly},
        coalesce(min(event.seq) - 1, 0), coalesce(max(event.seq), 0)
      from webhook_endpoint as endpoint
      left join event on event.owner_id = endpoint.owner_id and event.seq <= endpoint.scanned_seq
        and event.created_at >= ${replay.fromAt} and event.created_at < ${replay.toAt}
      where endpoint.owner_id = ${ownerId} and endpoint.id = ${endpointId}
      returning ${columns}`.execute(tx)
    return rows[0]
  },

  async find(db: Queryable, { ownerId, id: endpointId }: EndpointKey, id: string): Promise<ReplayRow | undefined> {
    const { rows } = await sql<ReplayRow>`
      select ${columns} from webhook_replay
      where owner_id = ${ownerId} and endpoint_id = ${endpointId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** The first one that is under way. */
  async running(db: Queryable, { ownerId, id: endpointId }: EndpointKey): Promise<RunningReplay | undefined> {
    const { rows } = await sql<RunningReplay>`
      select id, is_undelivered_only, next_seq, last_seq from webhook_replay
      where owner_id = ${ownerId} and endpoint_id = ${endpointId} and state = 'running' order by id limit 1`.execute(db)
    return rows[0]
  },

  /** False when somebody else has gone on from there. */
  async moveOn(
    tx: Tx,
    ownerId: string,
    { id, next_seq }: RunningReplay,
    { to, isDone }: { to: number; isDone: boolean },
  ): Promise<boolean> {
    const { numAffectedRows } = await sql`
      update webhook_replay set next_seq = ${to}, state = ${isDone ? 'done' : 'running'}
      where owner_id = ${ownerId} and id = ${id} and state = 'running' and next_seq = ${next_seq}`.execute(tx)
    return numAffectedRows === 1n
  },

  count: (tx: Tx, ownerId: string, id: string, added: number) =>
    sql`update webhook_replay set delivery_count = delivery_count + ${added}
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** Puts those of these events in line again that are stored for the endpoint and at their end. @returns how many. */
  async requeue(
    tx: Tx,
    { ownerId, id }: EndpointKey,
    { seqs, isUndeliveredOnly }: { seqs: readonly number[]; isUndeliveredOnly: boolean },
  ): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      update webhook_delivery set state = 'pending', failures = 0, next_attempt_at = 'infinity', finished_at = null
      where owner_id = ${ownerId} and endpoint_id = ${id} and seq = any(${[...seqs]}::bigint[])
        and (state = 'dead' or (state = 'delivered' and not ${isUndeliveredOnly}))`.execute(tx)
    return Number(numAffectedRows)
  },
}
