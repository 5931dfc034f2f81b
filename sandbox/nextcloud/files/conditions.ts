import { type Exchange, headerOf, preconditionFailed } from '../dav-exchange.ts'
import { quoted } from './file-properties.ts'
import type { FileNode } from './tree.ts'

const listed = (header: string, etag: string): boolean =>
  header.split(',').some((one) => one.trim().replace(/^W\//, '') === quoted(etag))

/** RFC 9110 §13.1, for what is about to be written. @throws DavError */
export function requireWritable(exchange: Exchange, node: Pick<FileNode, 'etag'> | undefined): void {
  const ifMatch = headerOf(exchange, 'if-match')
  if (ifMatch !== undefined && (!node || (ifMatch.trim() !== '*' && !listed(ifMatch, node.etag)))) {
    throw preconditionFailed('An If-Match header was specified, but none of the specified ETags matched.')
  }
  const ifNoneMatch = headerOf(exchange, 'if-none-match')
  if (ifNoneMatch !== undefined && node && (ifNoneMatch.trim() === '*' || listed(ifNoneMatch, node.etag))) {
    throw preconditionFailed('An If-None-Match header was specified, but the ETag matched (or * was specified).')
  }
}

export const isUnchanged = (exchange: Exchange, etag: string): boolean => {
  const header = headerOf(exchange, 'if-none-match')
  return header !== undefined && (header.trim() === '*' || listed(header, etag))
}

/**
 * The ETag that the If header (RFC 4918 §10.4) wants of a resource: `<url> (["etag"])`, or without the URL of the one
 * that the request names.
 */
export function requireIfHeader(exchange: Exchange, node: Pick<FileNode, 'etag'> | undefined): void {
  const header = headerOf(exchange, 'if')
  if (header === undefined) return
  const wanted = [...header.matchAll(/\[("[^"]*")\]/g)].map(([, etag]) => etag)
  if (wanted.length > 0 && (!node || !wanted.includes(quoted(node.etag)))) {
    throw preconditionFailed('The If header was not met')
  }
}

/** One range of bytes (RFC 9110 §14.2); undefined for the whole, `none` when it lies beyond the end. */
export function rangeOf(
  exchange: Exchange,
  node: { size: number; etag: string },
): { start: number; end: number } | 'none' | undefined {
  const ifRange = headerOf(exchange, 'if-range')
  if (ifRange !== undefined && ifRange !== quoted(node.etag)) return undefined
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headerOf(exchange, 'range') ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '')
    return node.size === 0 ? 'none' : { start: Math.max(0, node.size - Number(last)), end: node.size - 1 }
  const start = Number(first)
  const end = last === '' ? node.size - 1 : Math.min(Number(last), node.size - 1)
  return start >= node.size || end < start ? 'none' : { start, end }
}
