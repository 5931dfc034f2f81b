import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { calendarErrors } from '../errors.ts'
import { basicUtc } from '../ical/ical-time.ts'
import type { FreeBusy } from './free-busy.ts'
import { FreeBusyAnswer, FreeBusyBody, SuggestionAnswer, SuggestionBody } from './free-busy-wire.ts'
import type { Suggestions } from './suggestions.ts'

const tags = ['calendar']

export function freeBusyRoutes(freeBusy: FreeBusy, suggestions: Suggestions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/freebusy',
      {
        schema: {
          summary: 'When people are busy, and rooms and equipment taken',
          ...{ tags, body: FreeBusyBody, response: { 200: FreeBusyAnswer } },
        },
        config: { isReading: true, permission: 'calendar:read', errors: calendarErrors },
      },
      async ({ actor, body }) => {
        const found = await freeBusy.of(actor, body)
        return {
          attendees: found.map(({ email, periods, isKnown }) => ({
            email,
            periods: periods.map(({ start, end, type }) => ({ start: basicUtc(start), end: basicUtc(end), type })),
            ...(!isKnown && { status: 'unknown' as const }),
          })),
        }
      },
    )

    http.post(
      '/freebusy/suggestions',
      {
        schema: {
          summary: 'When people could meet, the best times first',
          description: 'You are to be there too. Who is optional never keeps a time from being proposed.',
          ...{ tags, body: SuggestionBody, response: { 200: SuggestionAnswer } },
        },
        config: { isReading: true, permission: 'calendar:read', errors: calendarErrors },
      },
      async ({ actor, body }) => {
        const { slots, unknown } = await suggestions.of(actor, body)
        return {
          unknown,
          items: slots.map(({ start, end, isFree, busy, outside }) => ({
            ...{ start: new Date(start).toISOString(), end: new Date(end).toISOString() },
            ...{ is_free: isFree, busy, outside_working_hours: outside },
          })),
        }
      },
    )
  }
}
