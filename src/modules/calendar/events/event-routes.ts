import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { nameOfCalendar } from '../calendars/calendar-id.ts'
import { CalendarParams } from '../calendars/calendar-wire.ts'
import { calendarErrors, eventErrors } from '../errors.ts'
import type { Answers } from './answers.ts'
import type { EventReads } from './event-reads.ts'
import {
  AnswerBody,
  ChangedEvent,
  CreatedEvent,
  DeletedEvent,
  EventBody,
  EventPage,
  EventParams,
  editQuery,
  listQuery,
  MeetLink,
  MeetLinkBody,
  restOf,
  ViewedEvent,
  viewQuery,
} from './event-wire.ts'
import type { CalendarEvents, NewEvent } from './events.ts'
import type { EventMeetings } from './meet-links.ts'

const tags = ['calendar']
const defaultLimit = 200

export type EventRouteDeps = {
  events: CalendarEvents
  reads: EventReads
  answers: Answers
  meetings: EventMeetings
}

export function eventRoutes({ events, reads, answers, meetings }: EventRouteDeps): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/events',
      {
        schema: {
          summary: 'Events of all your calendars, or of some of them',
          description: 'A month view is `?start=…&end=…&expand=true&timezone=Europe/Paris`.',
          tags,
          querystring: Type.Object({
            ...listQuery,
            calendar_ids: Type.Optional(Type.Array(Type.String({ maxLength: 500 }), { maxItems: 200 })),
          }),
          response: { 200: EventPage },
        },
        config: { permission: 'calendar:read', errors: calendarErrors },
      },
      async ({ actor, query }, reply) =>
        asJson(
          reply,
          await reads.listAgain(actor, query.calendar_ids?.map(nameOfCalendar), {
            ...query,
            limit: query.limit ?? defaultLimit,
          }),
        ),
    )

    http.get(
      '/:calendar_id/events',
      {
        schema: {
          summary: 'Events of a calendar',
          ...{ tags, params: CalendarParams, querystring: Type.Object(listQuery), response: { 200: EventPage } },
        },
        config: { permission: 'calendar:read', errors: calendarErrors },
      },
      async ({ actor, params, query }, reply) =>
        asJson(
          reply,
          await reads.listAgain(actor, [nameOfCalendar(params.calendar_id)], {
            ...query,
            limit: query.limit ?? defaultLimit,
          }),
        ),
    )

    http.post(
      '/:calendar_id/events',
      {
        schema: {
          summary: 'Make an event; those whom it names as attendees are invited',
          ...{ tags, params: CalendarParams, headers: idempotencyHeaders, body: EventBody },
          response: { 201: CreatedEvent },
        },
        config: {
          permission: 'calendar:write',
          errors: {
            ...eventErrors,
            409: [...eventErrors[409], 'calendar.event_exists'],
            422: [...eventErrors[422], 'idempotency_key_reused'],
          },
        },
      },
      async ({ actor, params, body, headers }, reply) => {
        const made = await events.create(
          actor,
          nameOfCalendar(params.calendar_id),
          body as NewEvent,
          headers['idempotency-key'],
        )
        return reply.code(201).header('etag', made.etag).send(made)
      },
    )

    http.get(
      '/events/*',
      {
        schema: {
          summary: 'An event with its changed occurrences, or one of its occurrences',
          ...{ tags, params: EventParams, querystring: viewQuery, response: { 200: ViewedEvent } },
        },
        config: { permission: 'calendar:read', errors: calendarErrors },
      },
      async (request, reply) => {
        const event = await reads.view(request.actor, restOf(request), request.query.recurrence_id)
        return reply.header('etag', event.etag).send(event)
      },
    )

    http.put(
      '/events/*',
      {
        schema: {
          summary: 'Change an event: what is left out stays, what is null goes',
          description: 'A new time takes the answers of those invited back. What other programs wrote into it stays.',
          ...{ tags, params: EventParams, querystring: editQuery, headers: conditionalHeaders, body: EventBody },
          response: { 200: ChangedEvent },
        },
        config: { permission: 'calendar:write', errors: { ...eventErrors, 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const { actor, query, headers, body } = request
        const target = { ifMatch: headers['if-match'], scope: query.scope, recurrenceId: query.recurrence_id }
        const changed = await events.change(actor, restOf(request), body as NewEvent, target)
        return reply.header('etag', changed.etag).send(changed)
      },
    )

    http.delete(
      '/events/*',
      {
        schema: {
          summary: 'Delete an event, one of its occurrences, or those from one on',
          ...{ tags, params: EventParams, querystring: editQuery, headers: conditionalHeaders },
          response: { 200: DeletedEvent, 204: Type.Null({ description: 'Gone; those invited are told.' }) },
        },
        config: { permission: 'calendar:write', errors: { ...calendarErrors, 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const { actor, query, headers } = request
        const target = { ifMatch: headers['if-match'], scope: query.scope, recurrenceId: query.recurrence_id }
        const removed = await events.remove(actor, restOf(request), target)
        return removed.unreached ? reply.code(200).send(removed) : reply.code(204).send(null)
      },
    )

    http.post(
      '/events/response/*',
      {
        schema: {
          summary: 'Answer an invitation, for yourself or, as its organizer, for anybody',
          description:
            'The path is that of your own copy, or of the organizer’s event even where you do not see it. The ETag answered is that of the copy which was written.',
          ...{ tags, params: EventParams, body: AnswerBody, response: { 200: ChangedEvent } },
        },
        config: {
          permission: 'calendar:write',
          errors: { ...calendarErrors, 404: ['not_found', 'attendee_not_found'], 412: ['etag_mismatch'] },
        },
      },
      async (request, reply) => {
        const { email, response, if_match: ifMatch, recurrence_id: recurrenceId } = request.body
        const answer = { email, response, ifMatch, recurrenceId }
        const answered = await answers.answer(request.actor, restOf(request), answer, originOf(request))
        return reply.header('etag', answered.etag).send(answered)
      },
    )

    http.post(
      '/events/meet-link/*',
      {
        schema: {
          summary: 'Give an event a video meeting, and get into it',
          ...{ tags, params: EventParams, body: MeetLinkBody, response: { 200: MeetLink } },
        },
        config: {
          permission: 'calendar:write',
          errors: {
            ...calendarErrors,
            409: [...(calendarErrors[409] ?? []), 'meet_disabled', 'meet.name_taken', 'meet.room_over'],
            412: ['etag_mismatch'],
          },
        },
      },
      async (request, reply) => {
        const link = await meetings.link(request.actor, restOf(request), request.body.if_match)
        return reply.header('cache-control', 'no-store').header('etag', link.etag).send(link)
      },
    )
  }
}

/** Sends what is JSON already, past its serialiser. */
const asJson = (reply: FastifyReply, text: Buffer) => reply.type('application/json; charset=utf-8').send(text)
