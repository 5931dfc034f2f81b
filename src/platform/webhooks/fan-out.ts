import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import { bodyOf, type EventData, type ToldEvent, takes, type WebhookCatalog } from './catalog.ts'
import { deliveryOrderStore } from './delivery-order-store.ts'
import type { EndpointKey, LockedEndpoint } from './endpoint-store.ts'
import { type FollowedEvent, fanOutStore, type NewDelivery } from './fan-out-store.ts'

const eventsAtOnce = 500

export type FanOutDeps = {
  database: Database
  transact: Transact
  catalogs: ReadonlyMap<string, WebhookCatalog>
}

/**
 * Makes deliveries of events that an endpoint has not seen yet, in their order; the endpoint's place in the stream moves
 * in the transaction of its deliveries. Safe to be done by several at once. @returns whether any were made.
 */
export async function fanOut(deps: FanOutDeps, key: EndpointKey): Promise<boolean> {
  let hasMade = false
  for (;;) {
    const endpoint = await fanOutStore.find(deps.database, key)
    const catalog = endpoint && deps.catalogs.get(endpoint.module)
    if (endpoint?.state !== 'active' || !catalog) return hasMade
    const { scanned_seq: from } = endpoint
    const events = await fanOutStore.events(deps.database, key.ownerId, { after: from, limit: eventsAtOnce })
    const to = events.at(-1)?.seq
    if (to === undefined) return hasMade
    // Made before anything is locked: a full payload asks for what the events are about.
    const deliveries = await deliveriesOf(deps.database, key.ownerId, { endpoint, catalog, events })
    const isMade = await deps.transact(async (tx) => {
      if (!(await fanOutStore.moveOn(tx, key, { from, to }))) return false
      await putInLine(tx, key, deliveries)
      return true
    })
    hasMade ||= isMade && deliveries.length > 0
  }
}

export async function deliveriesOf(
  database: Database,
  ownerId: string,
  source: { endpoint: LockedEndpoint; catalog: WebhookCatalog; events: readonly FollowedEvent[] },
): Promise<NewDelivery[]> {
  const { endpoint, catalog } = source
  // What somebody may see of others' data is not theirs to send elsewhere.
  const events = source.events
    .filter(({ origin_id }) => origin_id === null)
    .map((event) => ({ ...event, data: event.data as EventData }))
    .filter((event) => takes(endpoint, event, catalog))
  const resources = endpoint.payload === 'full' ? await catalog.resourcesOf(database, ownerId, events) : []
  return events.map((event, at) => ({
    id: newId(),
    seq: event.seq,
    type: event.type,
    orderKey: orderKeyOf(catalog, event),
    body: bodyOf(event.type, event.created_at, { ...event.data, ...resources[at] }),
  }))
}

/** The engine's own events are about the endpoint that they name. */
const orderKeyOf = (catalog: WebhookCatalog, event: ToldEvent): string =>
  event.type.startsWith(`${catalog.module}.webhook_`) ? `webhook ${event.data.webhook_id}` : catalog.orderKeyOf(event)

async function putInLine(tx: Tx, key: EndpointKey, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return
  await fanOutStore.insert(tx, key, deliveries)
  const orderKeys = deliveries.map(({ orderKey }) => orderKey)
  await deliveryOrderStore.putInOrder(tx, key, orderKeys)
}
