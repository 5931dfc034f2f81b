import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import { callerOf, Nothing } from '../admin-schemas.ts'
import { PersonParams } from '../people/person-wire.ts'
import type { Erasures } from './erasures.ts'
import type { Exports } from './exports.ts'
import { Erasure, ErasureBody, Export, ExportParams } from './offboarding-wire.ts'

const tags = ['admin']
const permission = 'admin:users' as const
const keyOf = (params: { person_id: string; export_id: string }) => ({
  ownerId: params.person_id,
  id: params.export_id,
})

export function exportRoutes(exports: Exports): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/people/:person_id/exports',
      {
        schema: {
          summary: 'Have everything of a person put into an archive',
          description:
            'Mail as mbox, calendars as iCalendar, contacts as vCard, files as they are, settings as JSON lines. Ask for it ' +
            'before a suspension: Nextcloud gives nothing of whom it does not let in.',
          ...{ tags, params: PersonParams, response: { 202: Export } },
        },
        config: { permission, errors: { 409: ['admin.export_running'] } },
      },
      async (request, reply) =>
        reply.code(202).send(await exports.request(callerOf(request), request.params.person_id)),
    )
    http.get(
      '/people/:person_id/exports',
      {
        schema: {
          summary: 'Archives of a person, newest first',
          ...{ tags, params: PersonParams, querystring: Type.Object(pageQuery), response: { 200: page(Export) } },
        },
        config: { permission },
      },
      ({ params, query: { limit = 50, cursor } }) => exports.list(params.person_id, { limit, cursor }),
    )
    http.get(
      '/people/:person_id/exports/:export_id',
      {
        schema: { summary: 'How far an archive is', tags, params: ExportParams, response: { 200: Export } },
        config: { permission },
      },
      ({ params }) => exports.view(keyOf(params)),
    )
    http.get(
      '/people/:person_id/exports/:export_id/content.zip',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'The archive itself, with a manifest of sizes and hashes',
          ...{ tags, params: ExportParams, produces: ['application/zip'] },
          response: {
            200: Type.Unsafe<Readable>({ type: 'string', format: 'binary', description: 'Kept for a week.' }),
          },
        },
        config: { permission, errors: { 409: ['admin.export_not_ready'] } },
      },
      async (request, reply) => {
        const { content, size } = await exports.open(callerOf(request), keyOf(request.params))
        reply.type('application/zip').header('content-length', size).header('cache-control', 'no-store')
        return reply.header('content-disposition', 'attachment; filename="export.zip"').send(content)
      },
    )
  }
}

export function erasureRoutes(erasures: Erasures): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/people/:person_id/erasure',
      {
        schema: {
          summary: 'Erase a suspended person with all that is theirs, but for the audit log',
          description: 'It begins half an hour after the suspension, and can be cancelled until then.',
          ...{ tags, params: PersonParams, body: ErasureBody, response: { 202: Erasure } },
        },
        config: {
          permission,
          errors: { 409: ['admin.person_active', 'admin.own_person'], 422: ['admin.wrong_name'] },
        },
      },
      async (request, reply) => {
        const { params, body } = request
        return reply.code(202).send(await erasures.plan(callerOf(request), params.person_id, body.name))
      },
    )
    http.get(
      '/people/:person_id/erasure',
      {
        schema: {
          summary: 'How far an erasure is, and in the end what was removed',
          ...{ tags, params: PersonParams, response: { 200: Erasure } },
        },
        config: { permission },
      },
      ({ params }) => erasures.view(params.person_id),
    )
    http.delete(
      '/people/:person_id/erasure',
      {
        schema: { summary: 'Cancel an erasure', tags, params: PersonParams, response: { 204: Nothing } },
        config: { permission },
      },
      async (request, reply) => {
        await erasures.cancel(callerOf(request), request.params.person_id)
        return reply.code(204).send(null)
      },
    )
  }
}
