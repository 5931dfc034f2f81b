import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page } from '#platform/http/routes.ts'
import { CalendarParams } from '../calendars/calendar-wire.ts'
import { calendarErrors } from '../errors.ts'
import type { Subscriptions } from './subscriptions.ts'

const tags = ['calendar']
const text = Type.Union([Type.String(), Type.Null()])

const Subscription = Type.Object(
  {
    calendar_id: Type.String({ description: 'The calendar in which it is followed; it ends when that is deleted.' }),
    url: Type.String(),
    problem: Type.Union([Type.String(), Type.Null()], { description: 'Why it could not be read last time.' }),
    refreshed_at: text,
  },
  {
    examples: [
      {
        ...{ calendar_id: '019a4e2c-7f00-7000-8000-000000000001', url: 'https://example.com/holidays.ics' },
        ...{ problem: null, refreshed_at: '2026-05-23T09:00:00.000Z' },
      },
    ],
  },
)
const Body = Type.Object(
  {
    url: Type.String({
      pattern: '^(https?|webcals?)://[^\\s]+$',
      examples: ['https://example.org/holidays.ics'],
      maxLength: 2000,
    }),
    name: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
    color: Type.Optional(Type.String({ pattern: '^#[0-9A-Fa-f]{6}$', examples: ['#0082c9'] })),
  },
  { examples: [{ url: 'webcal://example.com/holidays.ics', name: 'Holidays', color: '#0082c9' }] },
)
const failures = [
  ...['calendar.subscription_unreachable', 'calendar.file_unreadable', 'calendar.too_many_events', 'host_forbidden'],
]

export function subscriptionRoutes(subscriptions: Subscriptions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/subscriptions',
      {
        schema: { summary: 'Calendars of the web that you follow', ...{ tags, response: { 200: page(Subscription) } } },
        config: { permission: 'calendar:read' },
      },
      ({ actor }) => subscriptions.list(actor),
    )

    http.post(
      '/subscriptions',
      {
        schema: {
          summary: 'Follow a calendar of the web, in a calendar of its own',
          description: 'It is read every hour. What you change in that calendar is changed back then.',
          ...{ tags, body: Body, response: { 201: Subscription } },
        },
        config: { permission: 'calendar:write', errors: { ...calendarErrors, 422: failures } },
      },
      async ({ actor, body }, reply) => reply.code(201).send(await subscriptions.add(actor, body)),
    )

    http.post(
      '/subscriptions/:calendar_id/refresh',
      {
        schema: {
          summary: 'Read a calendar of the web now',
          ...{ tags, params: CalendarParams, response: { 200: Subscription } },
        },
        config: { permission: 'calendar:write', errors: calendarErrors },
      },
      ({ actor, params }) => subscriptions.refresh(actor, params.calendar_id),
    )
  }
}
