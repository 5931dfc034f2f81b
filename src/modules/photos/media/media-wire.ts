import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { ImmichMedia } from '#integrations/immich/immich-client.ts'
import { AppError } from '#platform/errors.ts'
import { attachmentDisposition, harmlessContentType } from '#platform/http/content-disposition.ts'

const Bytes = Type.Unsafe<Readable>({ type: 'string', format: 'binary' })
const binary = (description: string, type: string) => ({ description, content: { [type]: { schema: Bytes } } })

/** The answers of a route that streams. */
export const mediaResponses = (type: 'image/*' | 'video/*' | 'application/octet-stream') => ({
  200: binary('The bytes.', type),
  206: binary('The range that was asked for.', type),
  304: Type.Null({ description: 'What you have is still good.' }),
})

const passedOn = ['content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified'] as const
/** A picture stays what it is for a while; an edit or a new face changes it, and its ETag. */
const cacheControl = 'private, max-age=3600, stale-while-revalidate=86400'

/** Passes a stream on. Strangers made these bytes: no browser may take them for a page of this site. */
export function sendMedia(reply: FastifyReply, media: ImmichMedia, options: { downloadAs?: string | null } = {}) {
  const { status, headers, body } = media
  for (const name of passedOn) if (headers[name] !== undefined) reply.header(name, headers[name])
  if (status === 416) {
    body.destroy()
    reply.removeHeader('content-length')
    throw unsatisfiable()
  }
  reply
    .code(status)
    .header('cache-control', cacheControl)
    .header('content-security-policy', "sandbox; default-src 'none'")
  if (status === 304) {
    body.destroy()
    return reply.send()
  }
  if (options.downloadAs !== undefined) reply.header('content-disposition', attachmentDisposition(options.downloadAs))
  return reply.type(harmlessContentType((headers['content-type'] ?? '').split(';')[0] ?? '', null)).send(body)
}

const unsatisfiable = () =>
  new AppError(
    'out_of_range',
    'range_not_satisfiable',
    'The file is shorter than the range that you asked for; Content-Range tells its length.',
  )
