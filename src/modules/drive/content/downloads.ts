import type { Readable } from 'node:stream'
import type { DavAnswer, DavClient } from '#integrations/dav/dav-client.ts'
import type { DavPath } from '#integrations/dav/dav-path.ts'
import { discard } from '#integrations/upstream/upstream-http.ts'
import { AppError } from '#platform/errors.ts'
import { attachmentDisposition, harmlessContentType } from '#platform/http/content-disposition.ts'

export type DownloadRequest = {
  method: 'GET' | 'HEAD'
  /** Range, If-Range, If-Match, If-None-Match as they came. */
  headers: Readonly<Record<string, string | undefined>>
  /** To be shown rather than saved, if it is of a kind that does no harm. */
  isInline?: boolean
  signal: AbortSignal
}

export type Download = { status: number; headers: Record<string, string>; content: Readable }

const conditions = ['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']
const passedOn = ['content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified']

/** Of these a browser makes no page that could act for whoever looks at it. */
const harmlessToShow = /^(image\/(?!svg)|video\/|audio\/|application\/pdf$|text\/plain$)/

/**
 * A file's content as it comes, or what its conditions make of it (RFC 9110 §13).
 * @throws AppError `drive.is_folder`, `not_found`, `etag_mismatch`, `range_not_satisfiable`
 */
export async function download(
  dav: DavClient,
  at: DavPath,
  { name, ...request }: DownloadRequest & { name: string },
): Promise<Download> {
  const { method, signal } = request
  const headers = Object.fromEntries(conditions.map((condition) => [condition, request.headers[condition]]))
  const answer = await dav.send({ method, path: dav.urlOf(at), headers, signal, lane: 'transfer', accept: [405, 501] })
  // Nextcloud has no content of a folder but an archive of it.
  if (answer.status >= 400 || isListing(answer)) {
    await discard(answer)
    throw isFolder()
  }
  return { status: answer.status, headers: headersOf(answer, name, request), content: answer.body }
}

/** Apache shows a folder as a page. */
const isListing = ({ headers }: DavAnswer): boolean => headers['content-type'] === 'httpd/unix-directory'

function headersOf({ headers: given }: DavAnswer, name: string, { isInline }: DownloadRequest) {
  const type = harmlessContentType(
    (given['content-type'] ?? '').split(';')[0]?.trim() || 'application/octet-stream',
    'utf-8',
  )
  const disposition = attachmentDisposition(name)
  const [, sha256] = /\bSHA256:([0-9a-f]{64})\b/i.exec(given['oc-checksum'] ?? '') ?? []
  return {
    ...Object.fromEntries(
      passedOn.flatMap((header) => (given[header] === undefined ? [] : [[header, given[header] ?? '']])),
    ),
    'content-type': type,
    'content-disposition':
      isInline && harmlessToShow.test(type.split(';')[0] ?? '')
        ? disposition.replace(/^attachment/, 'inline')
        : disposition,
    // Strangers may have written it: no browser may take it for a page of this site.
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': 'private, no-cache',
    ...(sha256 && { 'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` }),
  }
}

const isFolder = () =>
  new AppError('conflict', 'drive.is_folder', 'This is a folder; get it as an archive, or one of the files in it.')
