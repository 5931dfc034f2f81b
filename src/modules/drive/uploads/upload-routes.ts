import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { UploadRow } from './upload-store.ts'
import type { Uploads } from './uploads.ts'

const tags = ['drive']
const UploadParams = Type.Object({ upload_id: Type.String({ format: 'uuid' }) })
const UploadBody = Type.Object(
  {
    upload_id: Type.String({ format: 'uuid' }),
    path: Type.String({ description: 'Where the file will be, or is.' }),
    size_bytes: Type.Integer(),
    received_bytes: Type.Integer(),
    state: Type.String({ enum: ['open', 'finished'] }),
    item_id: Type.Union([Type.String(), Type.Null()], { description: 'The file that it became.' }),
    created_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        ...{ upload_id: '019a4e2c-7f00-7000-8000-000000000001', path: '/Films/Opening.mp4', size_bytes: 734_003_200 },
        ...{ received_bytes: 268_435_456, state: 'open', item_id: null, created_at: '2026-05-23T09:00:00.000Z' },
      },
    ],
  },
)
const errors = withErrors(nextcloudErrors, {
  400: ['invalid_path', 'invalid_name'],
  409: [
    ...['already_exists', 'parent_not_found', 'drive.offset_mismatch', 'drive.too_many_uploads', 'drive.upload_lost'],
    'drive.is_folder',
  ],
  412: ['drive.tus_version', 'etag_mismatch'],
  422: ['checksum_mismatch', 'too_large'],
})
const tusHeaders = { 'tus-resumable': Type.Optional(Type.String({ description: '`1.0.0`.' })) }
const Bytes = Type.Unsafe<undefined>({ type: 'string', format: 'binary' })
const consumes = ['application/offset+octet-stream']
const config = { permission: 'drive:write', isUpload: true, errors } as const

const show = (row: UploadRow) => ({
  ...{ upload_id: row.id, path: row.path, size_bytes: row.size, received_bytes: row.received, state: row.state },
  ...{ item_id: row.item_id === null ? null : String(row.item_id), created_at: row.created_at.toISOString() },
})

export function uploadRoutes(uploads: Uploads): FastifyPluginAsyncTypebox {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const { method, raw, ownerId } = request
    const asked = { method, url: raw.url ?? '', headers: raw.headers, body: raw }
    const { answerTus } = await import('./tus.ts')
    const { status, headers } = await answerTus(uploads, ownerId, asked)
    return reply.code(status).headers(headers).send()
  }
  return async (http) => {
    await http.register(readingRoutes(uploads))
    takeBodiesAsTheyAre(http)

    http.post(
      '/uploads',
      {
        schema: {
          summary: 'Begin an upload that can be resumed (tus 1.0)',
          description:
            'Any tus client will do. `Upload-Metadata` says what becomes of it: `path`, or `folder` and `filename`; ' +
            '`conflict` (`fail`, `rename`, `replace`), `if_match`, `checksum` (`SHA256:<hex>`, checked before the file is ' +
            'made) and `modified_at` (seconds since 1970). What nobody goes on with is thrown away after 23 hours.',
          ...{ tags, consumes, body: Bytes },
          headers: Type.Object({
            ...tusHeaders,
            'upload-length': Type.Optional(Type.String({ description: 'Bytes of the whole.' })),
            'upload-metadata': Type.Optional(
              Type.String({ maxLength: 16_000, description: 'Keys and base64 values.' }),
            ),
          }),
          response: { 201: Type.Null({ description: 'Begun; Location says where to send it.' }) },
        },
        config,
      },
      answer,
    )

    http.patch(
      '/uploads/:upload_id',
      {
        schema: {
          summary: 'Send bytes of an upload (tus 1.0)',
          description:
            'What came before a connection broke is kept. The last bytes make the file: `X-Item-Id` names it.',
          ...{ tags, params: UploadParams, consumes, body: Bytes },
          headers: Type.Object({ ...tusHeaders, 'upload-offset': Type.Optional(Type.String()) }),
          response: { 204: Type.Null({ description: 'Taken; Upload-Offset says how far it is.' }) },
        },
        config,
      },
      answer,
    )

    http.head(
      '/uploads/:upload_id',
      { schema: { hide: true, params: UploadParams }, config: { permission: 'drive:write' } },
      answer,
    )

    http.delete(
      '/uploads/:upload_id',
      {
        schema: {
          summary: 'Give an upload up (tus 1.0)',
          ...{ tags, params: UploadParams, headers: Type.Object(tusHeaders), response: { 204: Type.Null() } },
        },
        config: { permission: 'drive:write', errors },
      },
      answer,
    )
  }
}

/** For those who want to know without speaking tus. */
function readingRoutes(uploads: Uploads): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/uploads',
      {
        schema: {
          summary: 'Your uploads of the last day, the newest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(UploadBody) } },
        },
        config: { permission: 'drive:read' },
      },
      async ({ ownerId, query }) => {
        const { limit = 50, cursor } = query
        const [before] = cursor === undefined ? [] : decodeCursor(cursor, ['uuid'])
        const found = await uploads.list(ownerId, { before, limit: limit + 1 })
        const items = found.slice(0, limit)
        const last = found.length > limit ? items.at(-1) : undefined
        return { items: items.map(show), next_cursor: last ? encodeCursor([last.id]) : null }
      },
    )

    http.get(
      '/uploads/:upload_id',
      {
        exposeHeadRoute: false,
        schema: { summary: 'How far an upload is', tags, params: UploadParams, response: { 200: UploadBody } },
        config: { permission: 'drive:read', errors },
      },
      async ({ ownerId, params }) => show(await uploads.view(ownerId, params.upload_id)),
    )

    http.options('/uploads', { schema: { hide: true }, config: { permission: 'public' } }, async (_request, reply) =>
      reply
        .code(204)
        .headers({
          'tus-resumable': '1.0.0',
          'tus-version': '1.0.0',
          'tus-extension': 'creation,creation-with-upload,termination,expiration',
        })
        .send(null),
    )
  }
}
