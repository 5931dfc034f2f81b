import type { Readable } from 'node:stream'
import {
  discard,
  type UpstreamAnswer,
  type UpstreamHttp,
  type UpstreamRequest,
} from '#integrations/upstream/upstream-http.ts'
import { davErrorOf } from './dav-error.ts'
import { readText, unreadable } from './dav-http.ts'
import { type DavPath, encodePath } from './dav-path.ts'
import { type DavResource, type Multistatus, readMultistatus } from './multistatus.ts'
import { parseXml, type Xml, type XmlElement, type XmlName, xml, xmlDocument } from './xml.ts'

export type Depth = '0' | '1' | '2' | 'infinity'
export type DavHeaders = Readonly<Record<string, string | undefined>>
export type DavAnswer = UpstreamAnswer

export type DavWrite = {
  /** Only over a version of this ETag, or `*`; else AppError `etag_mismatch`. */
  ifMatch?: string | undefined
  /** `*`: only where there is nothing yet. */
  ifNoneMatch?: string | undefined
  headers?: DavHeaders
  signal?: AbortSignal | undefined
}

export type DavContent = DavWrite & { contentType?: string | undefined; contentLength?: number | undefined }

/** `etag` is undefined where the server changed what it was given: read it again (CalDAV, RFC 4791 §5.3.4). */
export type DavStored = { status: number; etag: string | undefined; headers: Readonly<Record<string, string>> }

export type DavClient = ReturnType<typeof createDavClient>

// A folder of 20,000 files with a dozen properties is about 20 MB.
const xmlLimits = { bytes: 64 * 1024 * 1024, timeoutMs: 120_000 }
const errorLimits = { bytes: 256 * 1024, timeoutMs: 10_000 }
/** Servers join chunks and copy folders while the answer is waited for. */
const longAnswerMs = 15 * 60_000

/**
 * WebDAV on behalf of one person. Paths are decoded and lie below `root`; every method throws AppErrors as
 * `davErrorOf` names them.
 * @param authorize gives the Authorization header; asked once more, with `isStale`, after a 401.
 */
export function createDavClient(deps: {
  http: UpstreamHttp
  /** `/remote.php/dav` of Nextcloud. */
  root: string
  authorize: (options: { isStale: boolean }) => Promise<string>
  /** What the server puts before the root in its hrefs, and wants before it in Destination headers. */
  prefix: { get(): string | undefined; learn(prefix: string): void }
}) {
  const { http, root, authorize, prefix } = deps
  const urlOf = (path: DavPath): string => root + encodePath(path)

  async function authorized(request: UpstreamRequest): Promise<DavAnswer> {
    for (const isStale of [false, true]) {
      const authorization = await authorize({ isStale })
      const answer = await http.send({ ...request, headers: { ...request.headers, authorization } })
      if (answer.status !== 401 || isStale || isStream(request.body)) return answer
      await discard(answer)
    }
    throw new Error('unreachable')
  }

  /**
   * Any request of an encoded address on the server, as the person. Answers what the server does for a status below
   * 400 or one of `accept`. `body` of the answer must be read to its end or destroyed.
   */
  async function send(request: UpstreamRequest & { accept?: readonly number[] }): Promise<DavAnswer> {
    const { accept = [], ...rest } = request
    const answer = await authorized(rest)
    const { status, headers, body } = answer
    if (status < 400 || accept.includes(status)) return answer
    throw davErrorOf({ status, headers, text: await readText(body, errorLimits).catch(() => '') })
  }

  async function sendXml(
    method: string,
    path: DavPath,
    body: string,
    headers: DavHeaders,
    signal?: AbortSignal,
  ): Promise<XmlElement> {
    const sent = { 'content-type': 'application/xml; charset=utf-8', ...headers }
    const answer = await send({ method, path: urlOf(path), body, headers: sent, signal })
    const text = await readText(answer.body, xmlLimits)
    try {
      return parseXml(text)
    } catch (error) {
      throw unreadable(error)
    }
  }

  async function multistatus(
    method: string,
    path: DavPath,
    body: string,
    headers: DavHeaders,
    signal?: AbortSignal,
  ): Promise<Multistatus> {
    const document = await sendXml(method, path, body, headers, signal)
    try {
      const read = readMultistatus(document, root)
      if (read.prefix !== undefined) prefix.learn(read.prefix)
      return read
    } catch (error) {
      throw unreadable(error)
    }
  }

  async function propfind(
    path: DavPath,
    options: { depth: Depth; props: readonly XmlName[]; headers?: DavHeaders; signal?: AbortSignal },
  ): Promise<DavResource[]> {
    const body = xmlDocument('d:propfind', {}, xml('d:prop', {}, ...options.props.map((name) => xml(name))))
    const { resources } = await multistatus(
      'PROPFIND',
      path,
      body,
      { depth: options.depth, ...options.headers },
      options.signal,
    )
    return [...resources]
  }

  /** With a Destination that lacks the server's prefix a move is refused (SabreDAV behind `overwritewebroot`). */
  async function destinationOf(path: DavPath): Promise<string> {
    if (prefix.get() === undefined) await propfind('/', { depth: '0', props: ['d:resourcetype'] })
    return (prefix.get() ?? '') + urlOf(path)
  }

  async function done(request: Parameters<typeof send>[0]): Promise<DavStored> {
    const { status, headers, body } = await send(request)
    await readText(body, errorLimits)
    return { status, etag: headers.etag ?? headers['oc-etag'], headers }
  }

  async function transfer(
    method: 'MOVE' | 'COPY',
    from: DavPath,
    to: DavPath,
    options: DavWrite & { overwrite: boolean },
  ): Promise<DavStored> {
    const headers = {
      destination: await destinationOf(to),
      overwrite: options.overwrite ? 'T' : 'F',
      ...headersOf(options),
    }
    return done({ method, path: urlOf(from), headers, signal: options.signal, answerTimeoutMs: longAnswerMs })
  }

  return {
    send,
    propfind,
    /** The address of a path on the server, for `send`. */
    urlOf,
    destinationOf,

    /** What it has of these properties. @throws AppError `not_found` */
    async stat(path: DavPath, props: readonly XmlName[], signal?: AbortSignal): Promise<DavResource> {
      const [resource] = await propfind(path, { depth: '0', props, ...(signal && { signal }) })
      if (!resource) throw davErrorOf({ status: 404, headers: {}, text: '' })
      return resource
    },

    /** A REPORT or SEARCH that answers a multistatus; `body` is a document of `xmlDocument`. */
    report: (
      path: DavPath,
      body: string,
      options: { depth?: Depth; headers?: DavHeaders; signal?: AbortSignal } = {},
    ): Promise<Multistatus> =>
      multistatus('REPORT', path, body, { depth: options.depth ?? '0', ...options.headers }, options.signal),

    /** RFC 5323. Nextcloud wants text/xml. */
    search: (path: DavPath, body: string, signal?: AbortSignal): Promise<Multistatus> =>
      multistatus('SEARCH', path, body, { 'content-type': 'text/xml; charset=utf-8' }, signal),

    /** A request that answers some other document, as the scheduling outbox does. */
    requestXml: (method: string, path: DavPath, body: string, headers: DavHeaders = {}): Promise<XmlElement> =>
      sendXml(method, path, body, headers),

    /** @throws AppError of the first property that could not be set. */
    async proppatch(path: DavPath, changes: { set?: readonly Xml[]; remove?: readonly XmlName[] }): Promise<void> {
      const { set = [], remove = [] } = changes
      const body = xmlDocument(
        'd:propertyupdate',
        {},
        ...(set.length > 0 ? [xml('d:set', {}, xml('d:prop', {}, ...set))] : []),
        ...(remove.length > 0 ? [xml('d:remove', {}, xml('d:prop', {}, ...remove.map((name) => xml(name))))] : []),
      )
      const { resources } = await multistatus('PROPPATCH', path, body, {})
      const status = resources[0]?.status ?? [...(resources[0]?.failed.values() ?? [])].find((one) => one !== 424)
      if (status !== undefined && status >= 400) throw davErrorOf({ status, headers: {}, text: '' })
    },

    /** Makes a collection; `body` is an extended MKCOL's (RFC 5689) or an MKCALENDAR's. */
    mkcol(
      path: DavPath,
      options: { body?: string; method?: 'MKCOL' | 'MKCALENDAR' } & DavWrite = {},
    ): Promise<DavStored> {
      const { method = 'MKCOL', body } = options
      const headers = {
        ...(body !== undefined && { 'content-type': 'application/xml; charset=utf-8' }),
        ...headersOf(options),
      }
      return done({ method, path: urlOf(path), body, headers, signal: options.signal })
    },

    /** A stream is sent as it comes; without `contentLength` chunk by chunk. */
    put(path: DavPath, content: string | Uint8Array | Readable, options: DavContent = {}): Promise<DavStored> {
      const { contentType, contentLength } = options
      const headers = {
        'content-type': contentType ?? 'application/octet-stream',
        ...(contentLength !== undefined && { 'content-length': String(contentLength) }),
        ...headersOf(options),
      }
      return done({
        method: 'PUT',
        path: urlOf(path),
        body: content,
        headers,
        signal: options.signal,
        answerTimeoutMs: longAnswerMs,
        ...(isStream(content) && { lane: 'transfer' as const }),
      })
    },

    /** The content as a stream: 200, 206 of a range, 304 of If-None-Match. */
    get(
      path: DavPath,
      options: { headers?: DavHeaders; query?: string; signal?: AbortSignal | undefined } = {},
    ): Promise<DavAnswer> {
      const { headers = {}, query = '', signal } = options
      return send({ method: 'GET', path: urlOf(path) + query, headers, signal, lane: 'transfer' })
    },

    move: (from: DavPath, to: DavPath, options: DavWrite & { overwrite: boolean }): Promise<DavStored> =>
      transfer('MOVE', from, to, options),
    copy: (from: DavPath, to: DavPath, options: DavWrite & { overwrite: boolean }): Promise<DavStored> =>
      transfer('COPY', from, to, options),

    async delete(path: DavPath, options: DavWrite = {}): Promise<void> {
      await done({
        method: 'DELETE',
        path: urlOf(path),
        headers: headersOf(options),
        signal: options.signal,
        answerTimeoutMs: longAnswerMs,
      })
    },
  }
}

const headersOf = ({ ifMatch, ifNoneMatch, headers }: DavWrite): DavHeaders => ({
  ...(ifMatch !== undefined && { 'if-match': ifMatch }),
  ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
  ...headers,
})

const isStream = (body: unknown): boolean =>
  body !== undefined && body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)
