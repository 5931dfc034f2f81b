import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { AppError } from '#platform/errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { attachmentDisposition, harmlessContentType } from '#platform/http/content-disposition.ts'
import { detached } from '#platform/http/detached.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import type { UploadCopies } from './upload-copies.ts'
import { Copied, CopyBody, NewUploadBody, Upload, UploadParams } from './upload-wire.ts'
import type { IncomingFile, Uploads } from './uploads.ts'

const tags = ['mail']
const tooLarge = {
  400: ['request_body_too_large'],
  403: ['mail.attachment_type_not_allowed'],
  507: ['mail.attachment_storage_full'],
}

export function uploadRoutes(uploads: Uploads, copies: UploadCopies): FastifyPluginAsyncTypebox {
  return async (http) => {
    await http.register(contentRoutes(uploads))

    http.post(
      '/uploads',
      {
        schema: {
          summary: 'Announce a file to be attached, whose bytes come by PUT',
          description: 'For those who want to see how far it is: ask for it meanwhile, or listen to its events.',
          ...{ tags, headers: idempotencyHeaders, body: NewUploadBody, response: { 201: Upload } },
        },
        config: { permission: 'mail:write', errors: { ...tooLarge, 422: ['idempotency_key_reused'] } },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await uploads.announce(ownerId, body, headers['idempotency-key'])
        return reply.code(201).send(answer.body)
      },
    )

    http.post(
      '/uploads/copies',
      {
        schema: {
          summary: 'Attach what lies here already: a file of the drive, a message, or an attachment of one',
          ...{ tags, headers: idempotencyHeaders, body: CopyBody, response: { 201: Copied } },
        },
        config: {
          permission: 'mail:write',
          // What the drive may answer, beside what a mail server may.
          errors: withErrors(nextcloudErrors, {
            400: ['invalid_path', 'invalid_name', 'request_body_too_large'],
            403: ['mail.attachment_type_not_allowed'],
            404: ['not_found', 'module_disabled'],
            409: ['mail.message_gone', 'drive.is_folder'],
            422: ['idempotency_key_reused'],
            502: ['upstream_unavailable'],
            504: ['upstream_timeout'],
            507: ['mail.attachment_storage_full'],
          }),
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const request = { idempotencyKey: headers['idempotency-key'], signal: abandonment(reply) }
        const answer = await copies.create(ownerId, body, request)
        return reply.code(201).send(answer.body)
      },
    )

    http.get(
      '/uploads/:upload_id',
      {
        schema: {
          summary: 'A file to be attached, and how far it is',
          tags,
          params: UploadParams,
          response: { 200: Upload },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, params }) => uploads.view(ownerId, params.upload_id),
    )

    http.get(
      '/uploads/:upload_id/content',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'The bytes of a file to be attached',
          ...{ tags, params: UploadParams, produces: ['application/octet-stream'] },
          response: { 200: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }) },
        },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId, params }, reply) => {
        const { upload, content, size } = await uploads.open(ownerId, params.upload_id)
        return reply
          .header('content-disposition', attachmentDisposition(upload.filename))
          .header('content-security-policy', "sandbox; default-src 'none'")
          .header('cache-control', 'private, max-age=3600')
          .header('content-length', size)
          .type(harmlessContentType(upload.content_type, null))
          .send(content)
      },
    )

    http.delete(
      '/uploads/:upload_id',
      {
        schema: {
          summary: 'Throw a file away; messages that have it keep it',
          tags,
          params: UploadParams,
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, params }, reply) => {
        await uploads.delete(ownerId, params.upload_id)
        return reply.code(204).send(null)
      },
    )
  }
}

const description =
  'The bytes as they are, of any content type, or as the one file of a `multipart/form-data`. They are counted while ' +
  'they come: too large a file is refused as soon as it is.'
const File = Type.Unsafe<undefined>({ type: 'string', format: 'binary' })
const consumes = ['application/octet-stream', 'multipart/form-data']

/** Bodies here are files, read by nobody before the handler asks: JSON is a file as well. */
function contentRoutes(uploads: Uploads): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)
    await http.register(multipart, {
      limits: { files: 1, fields: 5, fieldSize: 10_000, fileSize: Number.POSITIVE_INFINITY },
    })

    http.post(
      '/uploads/content',
      {
        schema: {
          summary: 'Bring a file to be attached in one step',
          ...{ description, tags, consumes, body: File, response: { 201: Upload } },
          headers: idempotencyHeaders,
          querystring: Type.Object({ filename: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
        },
        config: {
          permission: 'mail:write',
          isUpload: true,
          errors: { ...tooLarge, 422: ['idempotency_key_reused'] },
        },
      },
      async (request, reply) => {
        const key = request.headers['idempotency-key']
        const take = (file: IncomingFile) => uploads.create(request.ownerId, file, key)
        return reply.code(201).send(await withFile(request, take, request.query.filename))
      },
    )

    http.put(
      '/uploads/:upload_id/content',
      {
        schema: {
          summary: 'Bring the bytes of a file that was announced',
          ...{ description, tags, consumes, params: UploadParams, body: File, response: { 200: Upload } },
        },
        config: { permission: 'mail:write', isUpload: true, errors: tooLarge },
      },
      (request) => withFile(request, (file) => uploads.fill(request.ownerId, request.params.upload_id, file)),
    )
  }
}

async function withFile<T>(request: FastifyRequest, take: (file: IncomingFile) => Promise<T>, filename?: string) {
  const file = await incoming(request, filename)
  try {
    return await take(file)
  } finally {
    file.content.destroy()
  }
}

async function incoming(request: FastifyRequest, filename?: string): Promise<IncomingFile> {
  if (!request.isMultipart()) {
    const { 'content-length': length, 'content-type': contentType } = request.headers
    return {
      content: detached(request.raw),
      ...(filename !== undefined && { filename }),
      ...(contentType !== undefined && contentType !== 'application/octet-stream' && { contentType }),
      ...(length !== undefined && { sizeBytes: Number(length) }),
    }
  }
  const part = await request.file().catch(() => undefined)
  if (!part) {
    throw new AppError('invalid', 'invalid_request_body', 'The request is not valid: body has no file in it.', {
      details: [{ path: 'body', message: 'must have one file' }],
    })
  }
  return { content: detached(part.file), filename: filename ?? part.filename, contentType: part.mimetype }
}
