import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, pageOfRows } from '#platform/http/cursor.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { codeOf } from '#platform/network/connection-fault.ts'
import { isWanted, type WebhookCatalog } from './catalog.ts'
import { deliveryOrderStore } from './delivery-order-store.ts'
import { type EndpointKey, endpointStore as store } from './endpoint-store.ts'
import {
  type CreatedWebhook,
  etagOfWebhook,
  type NewWebhookBody,
  type Webhook,
  type WebhookChangeBody,
  webhookOf,
} from './endpoint-wire.ts'
import { secretStore } from './secret-store.ts'
import type { Secrets } from './secrets.ts'
import { isSecret, newSecret } from './signature.ts'
import { parseWebhookUrl, type UrlGuard } from './url-guard.ts'
import { enqueueDelivery, enqueueFanOut } from './wake-ups.ts'

const maxEndpoints = 50

/** Who asks for it, and from where. */
export type Author = { actorId: string; origin: RequestOrigin }

export type EndpointDeps = {
  database: Database
  transact: Transact
  secrets: Secrets
  guardUrl: UrlGuard
  catalog: WebhookCatalog
}

/** An owner's webhooks of one module. */
export function createEndpoints(deps: EndpointDeps) {
  const { database, transact, secrets, catalog } = deps
  const { module } = catalog

  const record = (
    tx: Tx,
    { ownerId, id }: EndpointKey,
    author: Author,
    what: { action: string; details?: Record<string, string | string[]> },
  ) => {
    const { action, details = {} } = what
    const entry = { ownerId, ...author, action: `${module}.${action}` as const, target: id, details }
    return audit.record(tx, { ...entry, outcome: 'success' })
  }

  async function find(db: Database | Tx, key: EndpointKey): Promise<Webhook> {
    const row = await store.find(db, key, module)
    if (!row) throw notFound('webhook')
    return webhookOf(row)
  }

  /** @throws AppError `not_found` */
  async function lock(tx: Tx, key: EndpointKey) {
    const endpoint = await store.lock(tx, key)
    if (endpoint?.module !== module) throw notFound('webhook')
    return endpoint
  }

  /** The URL in the form in which it is kept, once it leads somewhere that may be sent to. */
  async function checkedUrl(text: string): Promise<string> {
    const url = parseWebhookUrl(text)
    await deps.guardUrl(url).catch((error) => {
      throw error instanceof AppError ? error : unresolved(url, error)
    })
    return url
  }

  function requireKnown({ event_types = [], filter = {} }: Partial<Pick<NewWebhookBody, 'event_types' | 'filter'>>) {
    const types = Object.keys(catalog.events)
    const unknown = event_types.find((pattern) => !types.some((type) => isWanted(type, [pattern])))
    if (unknown !== undefined) throw unknownEventType(unknown, module)
    const member = Object.keys(filter).find((name) => !catalog.filterable.includes(name))
    if (member !== undefined) throw unknownFilter(member, catalog.filterable)
  }

  async function insert(tx: Tx, ownerId: string, body: NewWebhookBody, url: string): Promise<CreatedWebhook> {
    if ((await store.count(tx, ownerId, module)) >= maxEndpoints) throw tooMany()
    const key = { ownerId, id: newId() }
    const { description = '', filter = {}, payload = 'slim', event_types: eventTypes } = body
    await store.insert(tx, ownerId, { id: key.id, module, url, description, eventTypes, filter, payload })
    const secret = body.secret ?? (secrets.hasDefault ? undefined : newSecret())
    const sealed = secret === undefined ? null : secrets.seal(key.id, secret)
    if (secret !== undefined) {
      const id = newId()
      await secretStore.add(tx, key, { id, sealed: secrets.seal(id, secret) })
    }
    return { ...(await find(tx, key)), secret: sealed }
  }

  return {
    /**
     * It takes what happens from now on. Answers its secret, this once; with the same idempotency key again.
     * @throws AppError `webhook.url_invalid`, `webhook.insecure_url`, `webhook.host_unresolved`, `host_forbidden`,
     * `webhook.event_type_unknown`, `webhook.filter_unknown`, `webhook.secret_invalid`, `webhook.too_many`,
     * `idempotency_key_reused`
     */
    async create(ownerId: string, body: NewWebhookBody, idempotencyKey: string | undefined, author: Author) {
      requireKnown(body)
      if (body.secret !== undefined && !isSecret(body.secret)) throw invalidSecret()
      const url = await checkedUrl(body.url)
      const request = { ownerId, scope: `${module}.webhooks`, key: idempotencyKey, body }
      const answer = await transact((tx) =>
        once(tx, request, async () => {
          const created = await insert(tx, ownerId, body, url)
          const details = { url, event_types: body.event_types }
          await record(tx, { ownerId, id: created.id }, author, { action: 'webhook_created', details })
          return { status: 201, body: created }
        }),
      )
      // Kept sealed among the answers to idempotency keys.
      const { secret, id } = answer.body
      return { ...answer.body, secret: secret === null ? null : secrets.open(id, secret) }
    },

    /** Oldest first. */
    async list(ownerId: string, { cursor, limit }: { cursor: string | undefined; limit: number }) {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
      const rows = await store.list(database, { ownerId, module }, { after, limit: limit + 1 })
      return pageOfRows(rows, limit, webhookOf)
    },

    /** @throws AppError `not_found` */
    view: (key: EndpointKey) => find(database, key),

    /**
     * What is pending is sent to the new URL as well, as it was made.
     * @throws AppError `not_found`, `etag_mismatch`, and what `create` throws of its members.
     */
    async change(
      key: EndpointKey,
      body: WebhookChangeBody,
      ifMatch: string | undefined,
      author: Author,
    ): Promise<Webhook> {
      requireKnown(body)
      const url = body.url === undefined ? undefined : await checkedUrl(body.url)
      const { event_types: eventTypes, description, filter, payload } = body
      return transact(async (tx) => {
        await lock(tx, key)
        if (!isMatch(ifMatch, etagOfWebhook(await find(tx, key)))) throw etagMismatch()
        const edit = { url, eventTypes, description, filter, payload }
        await store.update(tx, key, Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined)))
        const details = { changed: Object.keys(body), ...(url !== undefined && { url }) }
        await record(tx, key, author, { action: 'webhook_updated', details })
        return find(tx, key)
      })
    },

    /** With its deliveries and their log. @throws AppError `not_found` */
    remove: (key: EndpointKey, author: Author): Promise<void> =>
      transact(async (tx) => {
        const { url } = await lock(tx, key)
        await store.delete(tx, key)
        await record(tx, key, author, { action: 'webhook_deleted', details: { url } })
      }),

    /** @throws AppError `not_found` */
    pause: (key: EndpointKey): Promise<Webhook> =>
      transact(async (tx) => {
        await lock(tx, key)
        await store.stop(tx, key, { state: 'paused', reason: 'owner' })
        await deliveryOrderStore.park(tx, key)
        return find(tx, key)
      }),

    /** Takes what happens from now on; what was pending is tried at once. @throws AppError `not_found` */
    resume: (key: EndpointKey): Promise<void> =>
      transact(async (tx) => {
        if ((await lock(tx, key)).state === 'active') return
        await store.start(tx, key)
        await deliveryOrderStore.putInOrder(tx, key)
        await enqueueDelivery(tx, key)
        await enqueueFanOut(tx, key.ownerId)
      }),
  }
}

export type Endpoints = ReturnType<typeof createEndpoints>

export const endpointCodes = [
  ...['webhook.url_invalid', 'webhook.insecure_url', 'webhook.host_unresolved', 'host_forbidden'],
  ...['webhook.event_type_unknown', 'webhook.filter_unknown'],
]

const unresolved = (url: string, cause: unknown) =>
  new AppError(
    'unprocessable',
    'webhook.host_unresolved',
    `${new URL(url).hostname} could not be resolved (${codeOf(cause) ?? 'unknown'}); check how it is written.`,
    { cause },
  )

const unknownEventType = (pattern: string, module: string) =>
  new AppError(
    'unprocessable',
    'webhook.event_type_unknown',
    `${pattern} names no event of ${module}; see the section "webhooks" of the API document.`,
  )

const unknownFilter = (member: string, filterable: readonly string[]) =>
  new AppError(
    'unprocessable',
    'webhook.filter_unknown',
    `Events cannot be chosen by ${member}; choose by ${filterable.join(', ')}.`,
  )

export const invalidSecret = () =>
  new AppError(
    'unprocessable',
    'webhook.secret_invalid',
    'A secret is "whsec_" followed by 24 to 64 random bytes in base64; leave it out and one is made.',
  )

const tooMany = () =>
  new AppError('conflict', 'webhook.too_many', `You have ${maxEndpoints} webhooks; delete some first.`)
