import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { immichErrors, withImmichErrors } from '#integrations/immich/immich-errors.ts'
import { AppError } from '#platform/errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { detached } from '#platform/http/detached.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { Checked, ChecksBody, Upload, UploadQuery } from './upload-wire.ts'
import type { IncomingPart, UploadDetails, Uploads } from './uploads.ts'

const tags = ['photos']

/** What an upload may come to beside all that Immich says. */
const uploadErrors = withImmichErrors({
  422: ['photos.checksum_mismatch', 'photos.too_large', 'photos.unsupported_format'],
  507: ['quota_exceeded'],
})

export function uploadRoutes(uploads: Uploads): FastifyPluginAsyncTypebox {
  return async (http) => {
    await http.register(contentRoute(uploads))

    http.post(
      '/assets/check',
      {
        schema: {
          summary: 'Ask which files are here already, by their SHA-1, before any is sent',
          ...{ tags, body: ChecksBody, response: { 200: Checked } },
        },
        config: { isReading: true, permission: 'photos:read', errors: immichErrors },
      },
      async ({ ownerId, body }) => ({ items: await uploads.check(ownerId, body.items) }),
    )
  }
}

const description =
  'The bytes as they are, or a `multipart/form-data` of `file` and, after it, `sidecar` (XMP). A duplicate answers 200 with ' +
  'the id of what is here; with `checksum_sha1` it is told before a byte is read. Of a live photo the video is sent first, ' +
  'then the picture with `live_photo_video_id`.'

/** Bodies here are files, read by nobody before the handler asks: JSON is a file as well. */
function contentRoute(uploads: Uploads): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)
    await http.register(multipart, { limits: { files: 2, fields: 5, fileSize: Number.POSITIVE_INFINITY } })

    http.post(
      '/assets',
      {
        schema: {
          summary: 'Upload a picture or a video',
          ...{ description, tags, querystring: UploadQuery, response: { 200: Upload, 201: Upload } },
          consumes: ['application/octet-stream', 'multipart/form-data'],
          body: Type.Unsafe<undefined>({ type: 'string', format: 'binary' }),
        },
        config: { permission: 'photos:write', isUpload: true, errors: uploadErrors },
      },
      async (request, reply) => {
        const details = request.query as UploadDetails & { filename?: string }
        const file = incoming(request, details.filename)
        try {
          const result = await uploads.take(request.ownerId, { ...file, details, signal: abandonment(reply) })
          return await reply.code(result.state === 'created' ? 201 : 200).send(result)
        } finally {
          // What nobody read passes unread, so that the sender hears the answer.
          request.raw.unpipe()
          request.raw.resume()
        }
      },
    )
  }
}

function incoming(request: FastifyRequest, filename: string | undefined) {
  if (request.isMultipart()) return { parts: formParts(request, filename) }
  const { 'content-length': length, 'content-type': contentType = 'application/octet-stream' } = request.headers
  if (filename === undefined) throw noName()
  const part: IncomingPart = { kind: 'asset', name: filename, contentType, content: detached(request.raw) }
  return { parts: [part], ...(length !== undefined && { sizeBytes: Number(length) }) }
}

async function* formParts(request: FastifyRequest, filename: string | undefined): AsyncGenerator<IncomingPart> {
  for await (const part of request.parts()) {
    if (part.type !== 'file') continue
    const kind = part.fieldname === 'sidecar' ? 'sidecar' : 'asset'
    const name = kind === 'asset' ? (filename ?? part.filename) : part.filename
    yield { kind, name, contentType: part.mimetype, content: part.file }
  }
}

const noName = () =>
  new AppError('invalid', 'invalid_request_body', 'The request is not valid: filename must be given with raw bytes.', {
    details: [{ path: 'querystring.filename', message: 'must be given with raw bytes' }],
  })
