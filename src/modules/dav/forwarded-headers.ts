import type { IncomingHttpHeaders } from 'node:http'

/** What a device may say to Nextcloud. Credentials, cookies and addresses are not among it, nor what it would compress by. */
const toServer = [
  ...['accept', 'accept-language', 'brief', 'content-encoding', 'content-length', 'content-type', 'depth', 'if-match'],
  ...['if-modified-since', 'if-none-match', 'if-range', 'if-schedule-tag-match', 'if-unmodified-since', 'lock-token'],
  ...[
    'oc-autorename',
    'oc-checksum',
    'oc-chunked',
    'oc-total-length',
    'overwrite',
    'prefer',
    'range',
    'schedule-reply',
  ],
  ...['timeout', 'user-agent', 'x-hash', 'x-nc-caldav-no-trashbin', 'x-oc-ctime', 'x-oc-mtime'],
]

/** What Nextcloud may say to a device. */
const toDevice = [
  ...['accept-ranges', 'allow', 'content-disposition', 'content-encoding', 'content-language', 'content-length'],
  ...['content-range', 'content-type', 'dav', 'etag', 'last-modified', 'lock-token', 'ms-author-via', 'oc-checksum'],
  ...['oc-etag', 'oc-fileid', 'preference-applied', 'retry-after', 'schedule-tag', 'vary', 'x-hash-md5', 'x-hash-sha1'],
  ...['x-hash-sha256', 'x-oc-ctime', 'x-oc-mtime'],
]

export const headersToServer = (headers: IncomingHttpHeaders): Record<string, string> => picked(headers, toServer)

export const headersToDevice = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  picked(headers, toDevice)

function picked(headers: Readonly<Record<string, string | string[] | undefined>>, names: readonly string[]) {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value] as const] : []
    }),
  )
}
