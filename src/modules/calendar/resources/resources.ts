import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { once } from '#platform/http/idempotency.ts'
import { newId } from '#platform/ids.ts'
import { bookingStore } from './booking-store.ts'
import { type ResourceKind, type ResourceRow, resourceStore as store } from './resource-store.ts'
import { domainOfResources, localPartOf, searchOf, wordsOf } from './resource-words.ts'
import { extendSoon } from './series-extension.ts'

export type Caller = { personId: string; origin: RequestOrigin }
/** What an administrator says of a resource; what is left out is empty, and it is active. */
export type ResourceBody = {
  kind: ResourceKind
  name: string
  capacity?: number | null
  location?: string
  description?: string
  features?: readonly string[]
  groups?: readonly string[]
  is_active?: boolean
  booking_days?: number
}
export type NewResourceBody = ResourceBody & { email?: string }
export type ResourceQuery = {
  q?: string | undefined
  kind?: ResourceKind | undefined
  min_capacity?: number | undefined
  cursor?: string | undefined
  limit?: number | undefined
}

/** A year. */
const defaultBookingDays = 366

/** How many resources of one name get an address made of it. */
const maxNamesakes = 100

export type Resources = ReturnType<typeof createResources>

/** Rooms and equipment of the organisation, as administrators keep them. */
export function createResources(deps: { database: Database; transact: Transact; publicUrl: string }) {
  const { database, transact } = deps
  const domain = domainOfResources(deps.publicUrl)

  const record = (
    tx: Tx,
    { personId: actorId, origin }: Caller,
    id: string,
    change: { before: object | null; after: object | null },
  ) =>
    audit.record(tx, {
      ...{ ownerId: undefined, actorId, action: 'admin.resource_changed', target: id, outcome: 'success', origin },
      details: change as never,
    })

  async function locked(tx: Tx, id: string, ifMatch: string | undefined): Promise<ResourceRow> {
    const [row] = await store.lock(tx, [id])
    if (!row) throw notFound('resource')
    if (!isMatch(ifMatch, etagOfResource(row))) throw etagMismatch()
    return row
  }

  async function stored(tx: Tx, id: string): Promise<PresentedResource> {
    const row = await store.find(tx, id)
    if (!row) throw notFound('resource')
    return presentResource(row)
  }

  /** Under the address that was given, else under the first that its name makes and nobody has. */
  async function insert(tx: Tx, { email, ...body }: NewResourceBody): Promise<string> {
    const row = rowOf(newId(), body)
    if (email !== undefined) {
      if (await store.insert(tx, withEmail(row, email.toLowerCase()))) return row.id
      throw emailTaken()
    }
    const local = localPartOf(body.name, body.kind)
    for (let at = 1; at <= maxNamesakes; at++) {
      const made = `${local}${at === 1 ? '' : `-${at}`}@${domain}`
      if (await store.insert(tx, withEmail(row, made))) return row.id
    }
    throw emailTaken()
  }

  return {
    async list(query: ResourceQuery) {
      return pageOf(await store.list(database, filterOf(query)), query, presentResource)
    },

    /** @throws AppError `not_found`. */
    async view(id: string): Promise<PresentedResource> {
      const row = await store.find(database, id)
      if (!row) throw notFound('resource')
      return presentResource(row)
    },

    /** @throws AppError `calendar.resource_email_taken`, `idempotency_key_reused`. */
    async create(caller: Caller, body: NewResourceBody, key: string | undefined): Promise<PresentedResource> {
      const answer = await transact((tx) =>
        once(tx, { ownerId: caller.personId, scope: 'admin.resources', key, body }, async () => {
          const made = await stored(tx, await insert(tx, body))
          await record(tx, caller, made.id, { before: null, after: saidOf(made) })
          return { status: 201, body: made }
        }),
      )
      return answer.body
    },

    /** Bookings stay as they are. @throws AppError `not_found`, `etag_mismatch`. */
    replace: (
      caller: Caller,
      id: string,
      body: ResourceBody,
      ifMatch: string | undefined,
    ): Promise<PresentedResource> =>
      transact(async (tx) => {
        const before = await locked(tx, id, ifMatch)
        const row = rowOf(id, body)
        await store.update(tx, withEmail(row, before.email))
        if (row.booking_days > before.booking_days) await extendSoon(tx)
        const after = await stored(tx, id)
        await record(tx, caller, id, { before: saidOf(presentResource(before)), after: saidOf(after) })
        return after
      }),

    /** With its bookings. Events keep its address, which is nobody's then. @throws AppError `not_found`, `etag_mismatch`. */
    remove: (caller: Caller, id: string, ifMatch: string | undefined): Promise<void> =>
      transact(async (tx) => {
        const before = await locked(tx, id, ifMatch)
        await store.delete(tx, id)
        await bookingStore.removeOf(tx, id)
        await record(tx, caller, id, { before: saidOf(presentResource(before)), after: null })
      }),
  }
}

/** The filter of a list, which takes one row more than the page to know whether there is another. */
export function filterOf({ q, kind, min_capacity: minCapacity, cursor, limit = 50 }: ResourceQuery) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, ['string', 'uuid'])
  return { kind, minCapacity, words: wordsOf(q ?? ''), after, limit: limit + 1 }
}

/** One page of the rows that `filterOf` asked for. */
export function pageOf<Row extends { key: string; id: string }, Item>(
  rows: readonly Row[],
  { limit = 50 }: ResourceQuery,
  present: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next = rows.length > limit && last ? encodeCursor([last.key, last.id]) : null
  return { items: shown.map(present), next_cursor: next }
}

type RowWithoutEmail = Omit<ResourceRow, 'updated_at' | 'email' | 'search'>

function rowOf(id: string, body: ResourceBody): RowWithoutEmail {
  const { kind, name, capacity = null, location = '', description = '', is_active = true } = body
  const { booking_days = defaultBookingDays } = body
  const [features, groups] = [[...new Set(body.features)], [...new Set(body.groups)]]
  return {
    id,
    kind,
    name: name.trim(),
    capacity,
    location,
    description,
    features,
    groups,
    is_active,
    booking_days,
    version: newId(),
  }
}

const withEmail = (row: RowWithoutEmail, email: string) => ({
  ...{ ...row, email },
  search: searchOf([row.name, row.location, row.description, email, ...row.features]),
})

export type PresentedResource = ReturnType<typeof presentResource>

const presentResource = (row: ResourceRow) => {
  const { id, kind, name, email, capacity, location, description, features, groups, is_active, booking_days } = row
  return {
    ...{ id, kind, name, email, capacity, location, description, features, groups, is_active, booking_days },
    ...{ etag: etagOfResource(row), updated_at: row.updated_at.toISOString() },
  }
}

const saidOf = ({ etag: _etag, updated_at: _at, ...said }: PresentedResource) => said

const etagOfResource = ({ version }: { version: string }): string => `"${version}"`

const emailTaken = () =>
  new AppError(
    'conflict',
    'calendar.resource_email_taken',
    'A resource or a person has this address already; give the resource another one.',
  )
