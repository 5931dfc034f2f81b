import type { IncomingMessage, ServerResponse } from 'node:http'
import { xml, xmlDocument } from '../../src/integrations/dav/xml.ts'
import type { Person } from './people.ts'

/** One request below `/remote.php/dav`, its sender known. */
export type Exchange = {
  request: IncomingMessage
  response: ServerResponse
  method: string
  /** Decoded names after the mount's own: of `/remote.php/dav/files/alice/a.txt` at `files` they are `alice`, `a.txt`. */
  path: readonly string[]
  query: URLSearchParams
  person: Person
  /** What every href begins with: `/cloud/remote.php/dav`. */
  root: string
}

/** Answers as SabreDAV does: a status, and a body that names an exception. */
export class DavError extends Error {
  readonly status: number
  readonly exception: string

  constructor(status: number, exception: string, message = '') {
    super(message)
    this.status = status
    this.exception = exception.includes('\\') ? exception : `Sabre\\DAV\\Exception\\${exception}`
  }
}

export const notFound = (what = 'The resource') => new DavError(404, 'NotFound', `${what} could not be located`)
export const forbidden = (message = '') => new DavError(403, 'Forbidden', message)
export const badRequest = (message: string) => new DavError(400, 'BadRequest', message)
export const preconditionFailed = (message = 'A precondition failed') =>
  new DavError(412, 'PreconditionFailed', message)

export function sendDavError(response: ServerResponse, { status, exception, message }: DavError): void {
  const body = xmlDocument('d:error', {}, xml('s:exception', {}, exception), xml('s:message', {}, message))
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/xml; charset=utf-8' })
  response.end(body)
}

export function send(
  { response }: Pick<Exchange, 'response'>,
  status: number,
  headers: Record<string, string | number> = {},
  body?: string | Buffer,
): void {
  response
    .writeHead(status, { ...headers, ...(body === undefined && status !== 204 && { 'content-length': 0 }) })
    .end(body)
}

export const headerOf = ({ request }: Pick<Exchange, 'request'>, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The body as text; nothing that people write to DAV in one piece is larger. */
export async function readBody({ request }: Pick<Exchange, 'request'>, maxBytes = 16 * 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > maxBytes) throw new DavError(413, 'BadRequest', 'The body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Percent-encoding with small letters, as SabreDAV writes it. */
const encodeName = (name: string): string =>
  encodeURIComponent(name).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())

/** The href of names below the root. */
export const hrefOf = ({ root }: Pick<Exchange, 'root'>, names: readonly string[], isCollection = false): string =>
  `${root}/${names.map(encodeName).join('/')}${isCollection && names.length > 0 ? '/' : ''}`

/**
 * The names below the root that the Destination header means. Without the prefix of all hrefs it is refused.
 * @throws DavError
 */
export function destinationOf(exchange: Exchange): string[] {
  const header = headerOf(exchange, 'destination')
  if (!header) throw badRequest('The destination header was not supplied')
  const [, pathname = ''] = /^(?:https?:\/\/[^/]*)?(\/.*)$/.exec(header) ?? []
  const root = `${exchange.root}/`
  if (!pathname.startsWith(root)) throw forbidden(`Requested uri (${header}) is out of base uri (${root})`)
  return namesOf(pathname.slice(root.length))
}

/** @throws DavError for what is no percent-encoded path, and for a way out of it. */
export function namesOf(encoded: string): string[] {
  const names = encoded.split('/').filter(Boolean).map(decodeName)
  if (names.some((name) => name === '.' || name === '..')) throw notFound()
  return names
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name).normalize('NFC')
  } catch {
    throw badRequest('The path is not valid UTF-8')
  }
}
