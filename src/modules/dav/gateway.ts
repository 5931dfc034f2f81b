import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { type DavPath, decodePath } from '#integrations/dav/dav-path.ts'
import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { headersToDevice, headersToServer } from './forwarded-headers.ts'
import { rewriteHrefs, rewriteHrefsOf } from './href-rewriting.ts'

/** Where ultid has what Nextcloud has at `/remote.php/dav`. */
export const gatewayRoot = '/dav'

export type GatewayRequest = {
  method: string
  /** As it was sent: percent-encoded, beginning with `/dav`, with its query. */
  url: string
  headers: IncomingHttpHeaders
  body: Readable
  signal: AbortSignal
}

export type GatewayAnswer = { status: number; headers: Record<string, string>; body: Readable }

/** Hears of contents that are about to be written or removed. @returns what is to be done once they were. */
export type WriteWatch = (actor: { personId: string }, path: DavPath) => Promise<(() => Promise<void>) | undefined>

type Actor = { personId: string; permissions: ReadonlySet<string> }

/** What stands first in a path, and the module whose permission it needs; undefined where anybody may look. */
const modulesOfMounts: Readonly<Record<string, string | undefined>> = {
  ...{ files: 'drive', uploads: 'drive', trashbin: 'drive', versions: 'drive' },
  ...{ calendars: 'calendar', 'public-calendars': 'calendar', addressbooks: 'contacts' },
  principals: undefined,
}

/** RFC 9110 §9.2.1, and those of WebDAV and its kin that change nothing. */
const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH'])
/** Their bodies are documents with hrefs in them; those of all others are content. */
const documentMethods = new Set(['PROPFIND', 'PROPPATCH', 'REPORT', 'SEARCH', 'MKCOL', 'MKCALENDAR', 'ACL', 'LOCK'])
const contentWrites = new Set(['PUT', 'DELETE'])
const maxDocumentBytes = 4 * 1024 * 1024

export type Gateway = ReturnType<typeof createGateway>

/**
 * Passes what phones and programs ask of WebDAV, CalDAV and CardDAV on to Nextcloud in the name of their person, both ways
 * as it comes.
 */
export function createGateway({ nextcloud, watch }: { nextcloud: Nextcloud; watch: WriteWatch }) {
  return {
    /**
     * @throws AppError `invalid_path`, `not_found`, `auth.forbidden`, and those of `Nextcloud.as`. What Nextcloud refuses
     * is answered as it does, but for a refusal of our own credentials.
     */
    async pass(actor: Actor, request: GatewayRequest): Promise<GatewayAnswer> {
      const { method, headers, signal } = request
      const { path, query } = placeOf(request.url)
      requirePermission(actor, path, method)
      const person = await nextcloud.as(actor.personId)
      const root = await rootOf(person)
      const { body, headers: bodyHeaders } = await bodyOf(request, root)
      const referring = await referringHeaders(actor, request, person)
      const afterWrite = contentWrites.has(method) ? await watch(actor, path) : undefined
      const answer = await person.dav.send({
        method,
        path: person.dav.urlOf(path) + query,
        headers: { ...headersToServer(headers), ...depthOf(path, headers), ...bodyHeaders, ...referring },
        body,
        signal,
        lane: 'transfer',
        answerTimeoutMs: 15 * 60_000,
        accept: passedOn,
      })
      if (answer.status < 300) await afterWrite?.()
      return answerOf(method, answer, root)
    },
  }
}

/** Everything but 401: that is about ultid, and would make the device ask its person for a password. */
const passedOn = Array.from({ length: 200 }, (_, index) => 400 + index).filter((status) => status !== 401)

/** The root as it stands in Nextcloud's hrefs. */
const rootOf = async ({ dav }: NextcloudPerson): Promise<string> => (await dav.destinationOf('/')).replace(/\/$/, '')

function placeOf(url: string): { path: DavPath; query: string } {
  const [pathname = '', query] = url.split('?', 2)
  return { path: decodePath(pathname.slice(gatewayRoot.length) || '/'), query: query === undefined ? '' : `?${query}` }
}

function requirePermission({ permissions }: Actor, path: DavPath, method: string): void {
  const mount = path.split('/')[1] ?? ''
  if (mount !== '' && !Object.hasOwn(modulesOfMounts, mount)) throw notFound('collection')
  // A search of files is asked of the root.
  const module = method === 'SEARCH' ? 'drive' : modulesOfMounts[mount]
  const act = readingMethods.has(method) ? 'read' : 'write'
  if (module === undefined ? act === 'read' && permissions.size > 0 : permissions.has(`${module}:${act}`)) return
  throw new AppError(
    'forbidden',
    'auth.forbidden',
    'This device password was not made for this, or you lack the permission yourself; make another device password.',
  )
}

/** Headers that name other resources of the server, each held to the same rules as the request's own. */
async function referringHeaders(actor: Actor, { method, headers }: GatewayRequest, person: NextcloudPerson) {
  const referred = async (href: string): Promise<string> => {
    const [, pathname = ''] = /^(?:https?:\/\/[^/]*)?(\/.*)$/.exec(href) ?? []
    if (pathname !== gatewayRoot && !pathname.startsWith(`${gatewayRoot}/`)) throw outside()
    const { path } = placeOf(pathname)
    requirePermission(actor, path, method)
    return person.dav.destinationOf(path)
  }
  const { destination, if: condition } = headers
  return {
    ...(typeof destination === 'string' && { destination: await referred(destination) }),
    ...(typeof condition === 'string' && { if: await rewriteTagged(condition, referred) }),
  }
}

/** RFC 4918 §10.4: `<url>` before a list in parentheses names a resource; within one it is a lock token. */
async function rewriteTagged(condition: string, referred: (href: string) => Promise<string>): Promise<string> {
  const parts = condition.split(/(\([^)]*\))/)
  const rewritten = parts.map(async (part) => {
    const [, href] = part.startsWith('(') ? [] : (/<([^>]*)>/.exec(part) ?? [])
    return href === undefined ? part : part.replace(/<[^>]*>/, `<${await referred(href)}>`)
  })
  return (await Promise.all(rewritten)).join('')
}

const outside = () =>
  new AppError(
    'invalid',
    'invalid_path',
    `The destination lies outside of ${gatewayRoot}/; it must be an address of this service.`,
  )

/** What lies below the root is for each module's own permission. */
const depthOf = (path: DavPath, { depth }: IncomingHttpHeaders): Record<string, string> =>
  modulesOfMounts[path.split('/')[1] ?? ''] === undefined && depth !== '0' && depth !== undefined ? { depth: '1' } : {}

async function bodyOf({ method, headers, body }: GatewayRequest, root: string): Promise<Body> {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (!hasBody) return { body: undefined, headers: {} }
  if (!documentMethods.has(method)) return { body, headers: {} }
  const document = Buffer.from(rewriteHrefsOf(await readDocument(body), gatewayRoot, root), 'latin1')
  return { body: document, headers: { 'content-length': String(document.byteLength) } }
}

type Body = { body: Readable | Buffer | undefined; headers: Record<string, string> }

/** As Latin-1, which keeps each byte as it is: the document's encoding is its own matter. */
async function readDocument(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > maxDocumentBytes)
      throw new AppError(
        'invalid',
        'request_body_too_large',
        'The document is larger than 4 MiB; ask for less at once.',
      )
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('latin1')
}

/** A file that happens to be XML stays as it is. */
function answerOf(method: string, { status, headers, body }: GatewayAnswer, root: string): GatewayAnswer {
  const passed = headersToDevice(headers)
  const isContent = method === 'GET' || method === 'HEAD'
  if (isContent || !/^(application|text)\/xml\b/.test(headers['content-type'] ?? ''))
    return { status, headers: passed, body }
  const { 'content-length': _length, ...others } = passed
  const rewritten = body.pipe(rewriteHrefs(root, gatewayRoot))
  body.once('error', (error) => rewritten.destroy(error))
  rewritten.once('close', () => body.destroy())
  return { status, headers: others, body: rewritten }
}
