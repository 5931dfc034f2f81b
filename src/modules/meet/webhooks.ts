import { Type } from 'typebox'
import type { EventDocument, WebhookCatalog } from '#platform/webhooks/catalog.ts'
import type { MeetEvent } from './events.ts'

const room = { room_id: Type.String({ format: 'uuid' }), name: Type.String() }
const guest = { ...room, guest_id: Type.String({ format: 'uuid' }), guest_name: Type.String() }
const roomExample = { room_id: '019a4e2c-7f00-7000-8000-000000000001', name: 'k3vd-9wqh-x2mt-p7rc' }
const guestExample = { ...roomExample, guest_id: '019a4e2c-7f00-7000-8000-000000000002', guest_name: 'Dora' }
const ofRoom = { data: Type.Object(room), example: roomExample }
const ofGuest = { data: Type.Object(guest), example: guestExample }

/** Every event of meetings has its place here. */
const documents: { readonly [Name in MeetEvent['type']]: EventDocument } = {
  'meet.room_created': { summary: 'A meeting was made', ...ofRoom },
  'meet.room_updated': { summary: 'A meeting was changed', ...ofRoom },
  'meet.room_deleted': { summary: 'A meeting was deleted', ...ofRoom },
  'meet.guest_waiting': { summary: 'A guest waits in the lobby of a meeting', ...ofGuest },
  'meet.guest_admitted': { summary: 'A guest was let in', ...ofGuest },
  'meet.guest_refused': { summary: 'A guest was turned away', ...ofGuest },
}

/** What meetings send by webhooks. */
export const meetWebhooks: WebhookCatalog = {
  module: 'meet',
  events: documents,
  filterable: ['room_id', 'name'],
  orderKeyOf: ({ type, data }) => String(data.room_id ?? type),
  resources: Type.Object({}),
  resourcesOf: async (_db, _ownerId, events) => events.map(() => undefined),
}
