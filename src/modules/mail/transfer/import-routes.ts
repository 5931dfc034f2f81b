import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppError } from '#platform/errors.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Import, ImportParams, NewImportBody } from './import-wire.ts'
import type { Imports } from './imports.ts'

const tags = ['mail']

export function importRoutes(imports: Imports): FastifyPluginAsyncTypebox {
  return async (http) => {
    await http.register(contentRoutes(imports))

    http.post(
      '/imports',
      {
        schema: {
          summary: 'Begin to move a file of messages into a folder; its bytes come by PUT',
          description:
            'A message that the folder has already, by its content, is skipped: the same file can be imported again.',
          ...{ tags, headers: idempotencyHeaders, body: NewImportBody, response: { 201: Import } },
        },
        config: {
          permission: 'mail:write',
          feature: 'mail.importing',
          errors: {
            ...{ 404: ['not_found'], 409: ['mail.folder_not_selectable'], 422: ['idempotency_key_reused'] },
            507: ['mail.storage_full'],
          },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await imports.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).send(answer.body)
      },
    )

    http.get(
      '/imports',
      {
        schema: {
          summary: 'Imports and how far they are, newest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Import) } },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query }) => imports.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.get(
      '/imports/:import_id',
      {
        schema: { summary: 'An import and how far it is', tags, params: ImportParams, response: { 200: Import } },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, params }) => imports.view(ownerId, params.import_id),
    )

    http.post(
      '/imports/:import_id/cancellation',
      {
        schema: {
          summary: 'Stop an import; what it has put into the folder stays there',
          ...{ tags, params: ImportParams, response: { 200: Import } },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.import_ended'] } },
      },
      ({ ownerId, params }) => imports.cancel(ownerId, params.import_id),
    )

    http.post(
      '/imports/:import_id/resumption',
      {
        schema: {
          summary: 'Go on with an import that failed, from where it stands',
          ...{ tags, params: ImportParams, response: { 200: Import } },
        },
        config: { permission: 'mail:write', errors: { 409: ['mail.import_not_failed'] } },
      },
      ({ ownerId, params }) => imports.resume(ownerId, params.import_id),
    )
  }
}

const contentRange = '^bytes (0|[1-9]\\d{0,14})-(\\d{1,15})/(\\d{1,15})$'

/** Bodies here are files: they are read while they come, whatever their type. */
function contentRoutes(imports: Imports): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)
    http.put(
      '/imports/:import_id/content',
      {
        schema: {
          summary: 'Bring the file of an import, all of it or a part',
          description:
            'Without `Content-Range` the body is the whole file. A part says `bytes first-last/length` and begins at `received_bytes`; what came before a break stays, so that an upload can go on after one.',
          tags,
          consumes: ['application/octet-stream'],
          params: ImportParams,
          headers: Type.Object({
            'content-range': Type.Optional(
              Type.String({ pattern: contentRange, examples: ['bytes 0-1048575/5000000'] }),
            ),
          }),
          body: Type.Unsafe<undefined>({ type: 'string', format: 'binary' }),
          response: { 200: Import },
        },
        config: {
          permission: 'mail:write',
          isUpload: true,
          errors: {
            400: ['request_body_too_large'],
            409: ['mail.import_offset_mismatch', 'mail.import_not_receiving'],
            503: ['object_store_unavailable'],
            507: ['mail.storage_full'],
          },
        },
      },
      (request) => {
        const range = rangeOf(request.headers['content-range'])
        const announced = Number(request.raw.headers['content-length']) || undefined
        return imports.receive(request.ownerId, request.params.import_id, { bytes: request.raw, range, announced })
      },
    )
  }
}

/** RFC 9110 §14.4. */
function rangeOf(header: string | undefined): { start: number; total: number } | undefined {
  if (header === undefined) return undefined
  const [, start, last, total] = (new RegExp(contentRange).exec(header) ?? []).map(Number)
  if (start === undefined || last === undefined || total === undefined || last < start || last >= total) {
    const details = [{ path: 'headers.content-range', message: 'must name bytes of the file, first to last' }]
    throw new AppError('invalid', 'invalid_request_body', 'The request is not valid: Content-Range names no bytes.', {
      details,
    })
  }
  return { start, total }
}
