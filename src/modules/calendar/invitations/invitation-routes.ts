import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { pageQuery } from '#platform/http/routes.ts'
import { calendarErrors } from '../errors.ts'
import { EventPage } from '../events/event-wire.ts'
import type { Invitations } from './invitations.ts'

const tags = ['calendar']

const ReceivedBody = Type.Object(
  {
    content: Type.String({
      minLength: 1,
      maxLength: 200_000,
      description: 'The text/calendar part of a mail, as it is.',
    }),
  },
  { examples: [{ content: 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n…\r\nEND:VCALENDAR\r\n' }] },
)
const text = Type.String()
const Received = Type.Object(
  {
    method: text,
    outcome: Type.String({ enum: ['added', 'updated', 'cancelled', 'answer_recorded', 'proposed', 'unchanged'] }),
    path: Type.Union([text, Type.Null()]),
    proposal: Type.Union([
      Type.Object({ summary: text, start: text, end: text, timezone: Type.Union([text, Type.Null()]), location: text }),
      Type.Null(),
    ]),
  },
  {
    examples: [
      {
        ...{ method: 'REQUEST', outcome: 'added', proposal: null },
        path: '/remote.php/dav/calendars/alice/personal/team-sync-2026-05-23.ics',
      },
    ],
  },
)

export function invitationRoutes(invitations: Invitations): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/invitations',
      {
        schema: {
          summary: 'Events to come that await your answer',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: EventPage } },
        },
        config: { permission: 'calendar:read', errors: calendarErrors },
      },
      ({ actor, query }) => invitations.list(actor, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.post(
      '/invitations',
      {
        schema: {
          summary: 'Take in what came by mail: an invitation, its cancellation, an answer',
          description:
            'An invitation is kept in your first calendar, to be answered as any other; the answer goes back by mail. A counter proposal is kept with its event, for its organizer to decide on.',
          ...{ tags, body: ReceivedBody, response: { 200: Received } },
        },
        config: {
          permission: 'calendar:write',
          errors: {
            ...calendarErrors,
            404: ['not_found', 'attendee_not_found'],
            422: ['calendar.file_unreadable', 'calendar.not_invited'],
          },
        },
      },
      ({ actor, body }) => invitations.receive(actor, body.content),
    )
  }
}
