import { Type } from 'typebox'
import type { EventDocument, WebhookCatalog } from '#platform/webhooks/catalog.ts'
import type { CalendarNotice } from './events.ts'

const event = { calendar_id: Type.String(), path: Type.String(), uid: Type.String() }
const eventExample = {
  ...{ calendar_id: 'work', path: '/remote.php/dav/calendars/alice/work/team-sync.ics', uid: 'team-sync' },
}
const ofEvent = { data: Type.Object(event), example: eventExample }
const ofCalendar = { data: Type.Object({ calendar_id: Type.String() }), example: { calendar_id: 'work' } }
const ofReminder = {
  data: Type.Object({
    ...event,
    recurrence_id: Type.Union([Type.String(), Type.Null()]),
    ...{ summary: Type.String(), starts_at: Type.String({ format: 'date-time' }) },
  }),
  example: { ...eventExample, recurrence_id: null, summary: 'Team sync', starts_at: '2026-05-23T09:00:00.000Z' },
}

const ofProposal = {
  data: Type.Object({
    ...event,
    ...{ proposal_id: Type.String({ format: 'uuid' }), recurrence_id: Type.Union([Type.String(), Type.Null()]) },
    ...{ from: Type.String(), start: Type.String(), end: Type.String() },
    timezone: Type.Union([Type.String(), Type.Null()]),
  }),
  example: {
    ...{ ...eventExample, proposal_id: '019a4e2c-7f00-7000-8000-000000000001', recurrence_id: null },
    ...{ from: 'bob@example.com', start: '20260523T140000Z', end: '20260523T150000Z', timezone: null },
  },
}

/** Every event of calendars has its place here. */
const documents: { readonly [Name in CalendarNotice['type']]: EventDocument } = {
  'calendar.event_created': { summary: 'An event was made, here or elsewhere', ...ofEvent },
  'calendar.event_updated': { summary: 'An event was changed', ...ofEvent },
  'calendar.event_deleted': { summary: 'An event was deleted', ...ofEvent },
  'calendar.calendar_changed': { summary: 'Many events of a calendar changed', ...ofCalendar },
  'calendar.calendar_created': { summary: 'A calendar was made or shared', ...ofCalendar },
  'calendar.calendar_updated': { summary: 'A calendar was changed', ...ofCalendar },
  'calendar.calendar_deleted': { summary: 'A calendar is no longer there', ...ofCalendar },
  'calendar.proposal_received': { summary: 'Somebody invited proposes another time', ...ofProposal },
  'calendar.reminder_due': { summary: 'An event is about to begin', ...ofReminder },
}

/** What calendars send by webhooks. */
export const calendarWebhooks: WebhookCatalog = {
  module: 'calendar',
  events: documents,
  filterable: ['calendar_id', 'uid'],
  orderKeyOf: ({ type, data }) => String(data.path ?? data.calendar_id ?? type),
  resources: Type.Object({}),
  resourcesOf: async (_db, _ownerId, events) => events.map(() => undefined),
}
