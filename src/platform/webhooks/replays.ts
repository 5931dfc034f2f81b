import type { Database, Transact } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { deliveryOrderStore } from './delivery-order-store.ts'
import { type EndpointKey, endpointStore } from './endpoint-store.ts'
import { deliveriesOf, type FanOutDeps } from './fan-out.ts'
import { fanOutStore } from './fan-out-store.ts'
import { type ReplayRow, type RunningReplay, replayStore } from './replay-store.ts'
import { enqueueFanOut } from './wake-ups.ts'

const eventsAtOnce = 500

export type ReplayRange = { from: Date; to: Date; isUndeliveredOnly: boolean }

/** Sends to an endpoint again what happened in a past time. */
export function createReplays({ database, transact }: { database: Database; transact: Transact }) {
  return {
    /** @throws AppError `not_found`, `idempotency_key_reused` */
    create: (
      key: EndpointKey,
      module: string,
      range: ReplayRange,
      idempotencyKey: string | undefined,
    ): Promise<Answer<Replay>> =>
      transact((tx) => {
        const request = { ownerId: key.ownerId, scope: `webhook_replay:${key.id}`, key: idempotencyKey, body: range }
        return once(tx, request, async () => {
          const endpoint = await endpointStore.lock(tx, key)
          if (endpoint?.module !== module) throw notFound('webhook')
          const { from: fromAt, to: toAt, isUndeliveredOnly } = range
          const row = await replayStore.insert(tx, key, { id: newId(), fromAt, toAt, isUndeliveredOnly })
          if (!row) throw notFound('webhook')
          await enqueueFanOut(tx, key.ownerId)
          return { status: 202, body: replayOf(row) }
        })
      }),

    /** @throws AppError `not_found` */
    async view(key: EndpointKey, module: string, id: string): Promise<Replay> {
      const [endpoint, row] = await Promise.all([
        endpointStore.find(database, key, module),
        replayStore.find(database, key, id),
      ])
      if (!endpoint || !row) throw notFound('replay')
      return replayOf(row)
    },
  }
}

export type Replays = ReturnType<typeof createReplays>
export type Replay = ReturnType<typeof replayOf>

const replayOf = (row: ReplayRow) => ({
  id: row.id,
  webhook_id: row.endpoint_id,
  from: row.from_at.toISOString(),
  to: row.to_at.toISOString(),
  undelivered_only: row.is_undelivered_only,
  state: row.state,
  delivery_count: row.delivery_count,
  created_at: row.created_at.toISOString(),
})

/**
 * Goes through the replays of an endpoint: what was delivered or given up is in line again with its id, what was never
 * made is made. @returns whether any are in line.
 */
export async function replay(deps: FanOutDeps, key: EndpointKey): Promise<boolean> {
  let hasMade = false
  for (;;) {
    const running = await replayStore.running(deps.database, key)
    if (!running) return hasMade
    const count = await replaySome(deps, key, running)
    if (count === undefined) return hasMade
    hasMade ||= count > 0
  }
}

/** Undefined when the endpoint does not send now. */
async function replaySome(deps: FanOutDeps, key: EndpointKey, running: RunningReplay): Promise<number | undefined> {
  const endpoint = await fanOutStore.find(deps.database, key)
  const catalog = endpoint && deps.catalogs.get(endpoint.module)
  if (endpoint?.state !== 'active' || !catalog) return undefined
  const { next_seq: after, last_seq: upTo } = running
  const events = await fanOutStore.events(deps.database, key.ownerId, { after, upTo, limit: eventsAtOnce })
  const to = events.at(-1)?.seq ?? upTo
  const deliveries = await deliveriesOf(deps.database, key.ownerId, { endpoint, catalog, events })
  return deps.transact(async (tx) => {
    if ((await endpointStore.lock(tx, key))?.state !== 'active') return undefined
    const isDone = events.length < eventsAtOnce
    if (!(await replayStore.moveOn(tx, key.ownerId, running, { to, isDone }))) return 0
    const seqs = deliveries.flatMap(({ seq }) => seq ?? [])
    const isUndeliveredOnly = running.is_undelivered_only
    const again = await replayStore.requeue(tx, key, { seqs, isUndeliveredOnly })
    const added = await fanOutStore.insert(tx, key, deliveries)
    const count = again + Number(added.numAffectedRows ?? 0)
    await replayStore.count(tx, key.ownerId, running.id, count)
    const orderKeys = deliveries.map(({ orderKey }) => orderKey)
    await deliveryOrderStore.putInOrder(tx, key, orderKeys)
    return count
  })
}
