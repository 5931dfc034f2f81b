import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { type DrivePath, parseEncodedPath } from '../drive-path.ts'
import type { Download, DownloadRequest } from './downloads.ts'

export const DownloadQuery = Type.Object({
  disposition: Type.Optional(
    Type.String({
      enum: ['attachment', 'inline'],
      default: 'attachment',
      description: '`inline` shows pictures, films, sound, PDF and plain text; all else is saved in any case.',
    }),
  ),
})

export const downloadErrors = withErrors(nextcloudErrors, {
  409: ['drive.is_folder'],
  412: ['etag_mismatch'],
  416: ['range_not_satisfiable'],
})

export const requestOf = (
  { method, headers, query }: FastifyRequest<{ Querystring: { disposition?: string } }>,
  reply: FastifyReply,
): DownloadRequest => ({
  method: method === 'HEAD' ? 'HEAD' : 'GET',
  headers: headers as Record<string, string | undefined>,
  isInline: query.disposition === 'inline',
  signal: abandonment(reply),
})

export const sendFile = (reply: FastifyReply, { status, headers, content }: Download): FastifyReply =>
  reply.code(status).headers(headers).send(content)

/** The rest of an address as it was sent: the router would take an encoded slash for one that parts names. */
export function wildcardOf({ raw, routeOptions }: FastifyRequest): DrivePath {
  const [pathname = ''] = (raw.url ?? '').split('?')
  const depth = (routeOptions.url ?? '').split('/').indexOf('*')
  return parseEncodedPath(pathname.split('/').slice(depth).join('/'))
}
