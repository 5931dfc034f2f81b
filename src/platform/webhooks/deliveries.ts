import type { Database, Queryable, Transact, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { bodyOf, testEventType } from './catalog.ts'
import { deliveryOrderStore } from './delivery-order-store.ts'
import { type DeliveryState, deliveryStore as store } from './delivery-store.ts'
import { type Delivery, type DeliveryDetails, deliveryDetailsOf, deliveryOf } from './delivery-wire.ts'
import { type EndpointKey, endpointStore } from './endpoint-store.ts'
import { enqueueDelivery } from './wake-ups.ts'

export type DeliveryPage = { state: DeliveryState | undefined; cursor: string | undefined; limit: number }

/** What was and is to be sent to the webhooks of one module. */
export function createDeliveries(deps: { database: Database; transact: Transact; module: string }) {
  const { database, transact, module } = deps
  const found = async (db: Queryable, ownerId: string, id: string) => {
    const row = await store.find(db, { ownerId, module }, id)
    if (!row) throw notFound('delivery')
    return row
  }
  /** Does `work` once; it answers the id of the delivery. */
  const onceFor = async (
    ownerId: string,
    scope: string,
    key: string | undefined,
    work: (tx: Tx) => Promise<string>,
  ): Promise<Delivery> => {
    const { body } = await transact((tx) =>
      once(tx, { ownerId, scope, key, body: null }, async () => ({
        status: 202,
        body: deliveryOf(await found(tx, ownerId, await work(tx))),
      })),
    )
    return body
  }

  return {
    /** Newest first. @throws AppError `not_found` */
    async list(key: EndpointKey, page: DeliveryPage): Promise<{ items: Delivery[]; next_cursor: string | null }> {
      if (!(await endpointStore.find(database, key, module))) throw notFound('webhook')
      const [before] = page.cursor === undefined ? [] : decodeCursor(page.cursor, ['uuid'])
      const rows = await store.list(database, key, { state: page.state, before, limit: page.limit + 1 })
      const items = rows.slice(0, page.limit).map(deliveryOf)
      const last = items.at(-1)
      return { items, next_cursor: last && rows.length > page.limit ? encodeCursor([last.id]) : null }
    },

    /** @throws AppError `not_found` */
    async view(ownerId: string, id: string): Promise<DeliveryDetails> {
      const row = await store.details(database, { ownerId, module }, id)
      if (!row) throw notFound('delivery')
      return deliveryDetailsOf(row)
    },

    /**
     * Sends it once more, with the same id: in its turn among what is pending about the same thing.
     * @throws AppError `not_found`, `idempotency_key_reused`
     */
    async redeliver(ownerId: string, id: string, idempotencyKey: string | undefined): Promise<Delivery> {
      const { endpoint_id } = await found(database, ownerId, id)
      return onceFor(ownerId, `webhook_redelivery:${id}`, idempotencyKey, async (tx) => {
        await requeueDelivery(tx, { ownerId, id, endpointId: endpoint_id })
        return id
      })
    },

    /**
     * Sends a sample, tried once; to a webhook that is paused as well.
     * @throws AppError `not_found`, `idempotency_key_reused`
     */
    test: (key: EndpointKey, idempotencyKey: string | undefined): Promise<Delivery> =>
      onceFor(key.ownerId, `webhook_test:${key.id}`, idempotencyKey, async (tx) => {
        const endpoint = await endpointStore.lock(tx, key)
        if (endpoint?.module !== module) throw notFound('webhook')
        const type = testEventType(module)
        const id = newId()
        await store.insertTest(tx, key, { id, type, body: bodyOf(type, new Date(), { webhook_id: key.id }) })
        await enqueueDelivery(tx, key)
        return id
      }),
  }
}

/** In its turn among what is pending about the same thing. @throws AppError `not_found` */
export async function requeueDelivery(
  tx: Tx,
  { ownerId, id, endpointId }: { ownerId: string; id: string; endpointId: string },
): Promise<void> {
  const key = { ownerId, id: endpointId }
  const endpoint = await endpointStore.lock(tx, key)
  const delivery = endpoint && (await store.requeue(tx, ownerId, id))
  if (!delivery) throw notFound('delivery')
  if (endpoint.state === 'active') await deliveryOrderStore.putInOrder(tx, key, [delivery.order_key])
  await enqueueDelivery(tx, key)
}

export type Deliveries = ReturnType<typeof createDeliveries>
