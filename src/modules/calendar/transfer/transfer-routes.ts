import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { attachmentDisposition } from '#platform/http/content-disposition.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { nameOfCalendar } from '../calendars/calendar-id.ts'
import { CalendarParams } from '../calendars/calendar-wire.ts'
import { calendarErrors } from '../errors.ts'
import type { Exports } from './exports.ts'
import type { Imported, Imports } from './imports.ts'

const tags = ['calendar']
const file = Type.Unsafe<Readable>({ type: 'string', format: 'binary' })

const outcomes = ['created', 'updated', 'unchanged', 'failed'] as const
const Report = Type.Object(
  {
    ...{ created: Type.Integer(), updated: Type.Integer(), unchanged: Type.Integer(), failed: Type.Integer() },
    items: Type.Array(
      Type.Object({
        ...{ uid: Type.String(), summary: Type.String(), outcome: Type.String({ enum: [...outcomes] }) },
        message: Type.Union([Type.String(), Type.Null()]),
      }),
    ),
  },
  {
    examples: [
      {
        ...{ created: 1, updated: 0, unchanged: 0, failed: 0 },
        items: [{ uid: 'team-sync-2026-05-23', summary: 'Team sync', outcome: 'created', message: null }],
      },
    ],
  },
)

export function transferRoutes({
  imports,
  exports,
}: {
  imports: Imports
  exports: Exports
}): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/:calendar_id/export',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'A calendar as an iCalendar file',
          ...{ tags, params: CalendarParams },
          response: { 200: { description: 'The file.', content: { 'text/calendar': { schema: file } } } },
        },
        config: { permission: 'calendar:read', errors: calendarErrors },
      },
      async ({ actor, params }, reply) => {
        const { filename, content } = await exports.open(actor, nameOfCalendar(params.calendar_id))
        reply.header('content-type', 'text/calendar; charset=utf-8')
        return reply.header('content-disposition', attachmentDisposition(filename)).send(content as never)
      },
    )
    await http.register(importRoutes(imports))
  }
}

function importRoutes(imports: Imports): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)
    http.post(
      '/:calendar_id/import',
      {
        schema: {
          summary: 'Take the events of an iCalendar file into a calendar',
          description:
            'The body is the file, of 20 MiB at most. To send it again does no harm: events are known by their uid.',
          ...{ tags, params: CalendarParams, consumes: ['text/calendar'], body: file },
          response: { 200: Report },
        },
        config: {
          ...{ permission: 'calendar:write', isUpload: true },
          errors: { ...calendarErrors, 422: ['calendar.file_unreadable', 'calendar.too_many_events'] },
        },
      },
      async ({ actor, params, raw }) => report(await imports.take(actor, nameOfCalendar(params.calendar_id), raw)),
    )
  }
}

function report(items: Imported[]) {
  const count = (outcome: Imported['outcome']) => items.filter((one) => one.outcome === outcome).length
  const [created, updated, unchanged, failed] = outcomes.map(count)
  return { ...{ created: created ?? 0, updated: updated ?? 0, unchanged: unchanged ?? 0, failed: failed ?? 0 }, items }
}
