import type { TObject } from 'typebox'
import type { Queryable } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

export type EventData = { readonly [member: string]: Json | undefined }

/** An event as those see it who add to its payload. */
export type ToldEvent = { readonly type: string; readonly data: EventData }

export type EventDocument = {
  summary: string
  /** What the event carries: all of a slim payload. */
  data: TObject
  /** An example of it. */
  example: EventData
  /** For the one endpoint that its member `webhook_id` names, whatever types that asks for; for no other. */
  isAddressed?: boolean
}

/** What a module sends by webhooks. */
export type WebhookCatalog = {
  /** The first word of its events' types, and the tag of its routes in the API document. */
  module: string
  /** What each of its events means and carries, by type. */
  events: Readonly<Record<string, EventDocument>>
  /** Members of the data that an endpoint may choose by. */
  filterable: readonly string[]
  /** What the event is about: deliveries about one thing keep their order. */
  orderKeyOf(event: ToldEvent): string
  /** What a full payload may have beside the event's own data. */
  resources: TObject
  /**
   * That, in the order of `events`; undefined adds nothing. Answers what is there now, which may be later than the
   * event.
   */
  resourcesOf(db: Queryable, ownerId: string, events: readonly ToldEvent[]): Promise<readonly (EventData | undefined)[]>
}

/** The sample that `POST /webhooks/{id}/test` sends; no event of the owner. */
export const testEventType = (module: string): string => `${module}.webhook_tested`

/** `*`, `mail.*`, `mail.message_*` or a whole type. */
export const isWanted = (type: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern))

/** Values that a member may have, by member. */
export type EventFilter = Readonly<Record<string, readonly string[]>>

/** Whether each member that the filter names has one of its values; a member that the event lacks has none. */
export const passes = (data: EventData, filter: EventFilter): boolean =>
  Object.entries(filter).every(([member, values]) => {
    const value = Object.hasOwn(data, member) ? data[member] : undefined
    return value !== undefined && value !== null && values.includes(String(value))
  })

type Chooser = { id: string; event_types: readonly string[]; filter: EventFilter }

/** Whether an endpoint takes an event of its module. */
export function takes(endpoint: Chooser, event: ToldEvent, catalog: WebhookCatalog): boolean {
  if (!Object.hasOwn(catalog.events, event.type)) return false
  if (catalog.events[event.type]?.isAddressed) return event.data.webhook_id === endpoint.id
  return isWanted(event.type, endpoint.event_types) && passes(event.data, endpoint.filter)
}

/** The payload of Standard Webhooks: `{ type, timestamp, data }`. */
export const bodyOf = (type: string, at: Date, data: EventData): string =>
  JSON.stringify({ type, timestamp: at.toISOString(), data })
