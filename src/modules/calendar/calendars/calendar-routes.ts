import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { calendarErrors } from '../errors.ts'
import type { CalendarChange } from '../mirror/calendar-server.ts'
import { nameOfCalendar } from './calendar-id.ts'
import {
  Calendar,
  CalendarChangeBody,
  CalendarPage,
  CalendarParams,
  NewCalendarBody,
  ShareBody,
  ShareParams,
} from './calendar-wire.ts'
import type { Calendars } from './calendars.ts'

const tags = ['calendar']

type Settings = { description?: string; color?: string; order?: number; is_visible?: boolean }
const settingsOf = ({ description, color, order, is_visible }: Settings): CalendarChange => ({
  ...{ description, color, sortOrder: order, isVisible: is_visible },
})

export function calendarRoutes(calendars: Calendars): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'Your calendars, and those that others share with you',
          ...{ tags, response: { 200: CalendarPage } },
        },
        config: { permission: 'calendar:read', errors: calendarErrors },
      },
      ({ actor }) => calendars.list(actor),
    )

    http.post(
      '/',
      {
        schema: {
          summary: 'Make a calendar',
          ...{ tags, headers: idempotencyHeaders, body: NewCalendarBody, response: { 201: Calendar } },
        },
        config: { permission: 'calendar:write', errors: { ...calendarErrors, 422: ['idempotency_key_reused'] } },
      },
      async ({ actor, body, headers }, reply) => {
        const wanted = { ...settingsOf(body), displayName: body.name }
        return reply.code(201).send(await calendars.create(actor, wanted, headers['idempotency-key']))
      },
    )

    http.get(
      '/:calendar_id',
      {
        schema: { summary: 'A calendar', ...{ tags, params: CalendarParams, response: { 200: Calendar } } },
        config: { permission: 'calendar:read', errors: calendarErrors },
      },
      ({ actor, params }) => calendars.view(actor, nameOfCalendar(params.calendar_id)),
    )

    http.patch(
      '/:calendar_id',
      {
        schema: {
          summary: 'Change how a calendar is called and shown; one that others share, for you alone',
          ...{ tags, params: CalendarParams, body: CalendarChangeBody, response: { 200: Calendar } },
        },
        config: { permission: 'calendar:write', errors: calendarErrors },
      },
      ({ actor, params, body }) => {
        const wanted = { ...settingsOf(body), displayName: body.name }
        return calendars.change(actor, nameOfCalendar(params.calendar_id), wanted)
      },
    )

    http.delete(
      '/:calendar_id',
      {
        schema: {
          summary: 'Delete a calendar with all its events, or leave one that others share',
          ...{ tags, params: CalendarParams },
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: { permission: 'calendar:write', errors: calendarErrors },
      },
      async ({ actor, params }, reply) => {
        await calendars.remove(actor, nameOfCalendar(params.calendar_id))
        return reply.code(204).send(null)
      },
    )

    http.put(
      '/:calendar_id/shares',
      {
        schema: {
          summary: 'Share a calendar with somebody here, or change what they may do with it',
          ...{ tags, params: CalendarParams, body: ShareBody, response: { 200: Calendar } },
        },
        config: { permission: 'calendar:write', errors: { ...calendarErrors, 422: ['calendar.person_unknown'] } },
      },
      ({ actor, params, body }) => calendars.share(actor, nameOfCalendar(params.calendar_id), body),
    )

    http.delete(
      '/:calendar_id/shares/:user',
      {
        schema: {
          summary: 'Share a calendar with somebody no longer',
          ...{ tags, params: ShareParams, response: { 200: Calendar } },
        },
        config: { permission: 'calendar:write', errors: calendarErrors },
      },
      ({ actor, params }) => calendars.unshare(actor, nameOfCalendar(params.calendar_id), params.user),
    )
  }
}
