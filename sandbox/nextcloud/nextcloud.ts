import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuthentication, type IssuerOptions } from './authentication.ts'
import { openCalendars } from './caldav/calendar-part.ts'
import { openAddressBooks } from './carddav/address-book-part.ts'
import { DavError, type Exchange, namesOf, sendDavError } from './dav-exchange.ts'
import { openFiles } from './files/files-part.ts'
import { createLoginFlow } from './login-flow.ts'
import { serveOcs } from './ocs.ts'
import type { Methods, Part } from './part.ts'
import { openPeople, type Person } from './people.ts'
import { sendPreview } from './previews.ts'
import { createPrincipals } from './principals.ts'
import { openRecords } from './records.ts'
import { userApi, version } from './user-api.ts'

export type NextcloudOptions = {
  /** 0 for any that is free. */
  port: number
  stateDir: string
  /** The issuer whose bearer tokens are taken; none by default. */
  issuer?: IssuerOptions
  admin: { uid: string; password: string }
  /** People that are there at the first start. */
  people?: readonly (Partial<Person> & { uid: string })[]
  /** What every href begins with, as with `overwritewebroot`. */
  webroot?: string
}

/** What a test may switch on. */
export type Faults = {
  isMaintenance: boolean
  /** Nobody from an address that failed too often is answered any more. */
  isThrottling: boolean
  /** Answers instead, and then returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
}

export type NextcloudStandIn = Awaited<ReturnType<typeof startNextcloud>>

/**
 * A Nextcloud as far as ultid uses one: WebDAV with trash, versions, chunked uploads, favourites and search, the calls of
 * OCS, previews, links and the login flow, with the quirks of the real one.
 */
export async function startNextcloud(options: NextcloudOptions) {
  const { stateDir, admin, webroot = '/cloud' } = options
  const faults: Faults = { isMaintenance: false, isThrottling: false, intercept: undefined }
  const records = await openRecords(stateDir)
  const people = await openPeople(records)
  const context = { people, records, stateDir, now: () => Math.floor(Date.now() / 1000), url: () => address }
  const files = await openFiles(context)
  const calendars = await openCalendars(context)
  const addressBooks = await openAddressBooks(context)
  const others: Awaited<ReturnType<Part>>[] = [calendars, addressBooks]
  const authentication = createAuthentication({ people, issuer: options.issuer, faults })
  const loginFlow = createLoginFlow({ people, url: () => address })
  const { root, principals } = createPrincipals(
    people,
    others.flatMap(({ principalProperties = [] }) => principalProperties),
  )
  const mounts = new Map<string, Methods>(
    Object.entries(Object.assign({}, ...others.map((part) => part.mounts), files.mounts, { principals })),
  )
  mounts.set('', { ...root, ...files.mounts[''] })

  async function welcome(person: Person): Promise<void> {
    files.tree.rootOf(person.uid)
    for (const { onNewPerson } of others) await onNewPerson?.(person)
  }
  const routes = [
    ...userApi({ people, usedBy: (uid) => files.tree.rootOf(uid).size, onNew: (person) => void welcome(person) }),
    ...files.ocs,
    ...others.flatMap(({ ocs = [] }) => ocs),
  ]
  const isNew = people.list().length === 0
  if (isNew) {
    people.add({ ...admin, displayName: 'Administrator', isAdmin: true })
    for (const person of options.people ?? []) await welcome(people.add(person))
  }

  async function serveDav(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    encoded: string,
  ): Promise<void> {
    if (faults.isMaintenance) throw new DavError(503, 'ServiceUnavailable', 'System is in maintenance mode.')
    const person = await authentication.authenticate(request)
    const [mount = '', ...path] = namesOf(encoded)
    const methods = mounts.get(mount)
    if (!methods) throw new DavError(404, 'NotFound', `File not found: ${mount} in 'root'`)
    await call(methods, {
      request,
      response,
      method: request.method ?? '',
      path,
      query: url.searchParams,
      person,
      root: `${webroot}/remote.php/dav`,
    })
  }

  async function serveLink(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    encoded: string,
  ): Promise<void> {
    const [mount, ...path] = namesOf(encoded)
    if (mount !== 'files') throw new DavError(404, 'NotFound')
    const nobody: Person = { ...people.list()[0], uid: '' } as Person
    await call(files.linkMethods, {
      request,
      response,
      method: request.method ?? '',
      path,
      query: url.searchParams,
      person: nobody,
      root: `${webroot}/public.php/dav`,
    })
  }

  async function preview(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { uid } = await authentication.authenticate(request)
    const id = Number(url.searchParams.get('fileId'))
    const node = files.tree.byId(id)
    const isVisible =
      node?.owner === uid || files.shares.receivedBy(uid).some(({ nodeId }) => node && isBelow(node.id, nodeId))
    await sendPreview(response, { node: isVisible ? node : undefined, query: url.searchParams, blobs: files.blobs })
  }

  function isBelow(id: number | null, folderId: number): boolean {
    if (id === null) return false
    return id === folderId || isBelow(files.tree.byId(id)?.parent ?? null, folderId)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (faults.intercept?.(request, response)) return
    const url = new URL(request.url ?? '/', 'http://nextcloud')
    // The path as it was sent: URL resolves dots. A proxy in front may or may not have taken the prefix off.
    const [pathname = ''] = (request.url ?? '').split('?')
    const path = pathname.startsWith(`${webroot}/`) ? pathname.slice(webroot.length) : pathname
    if (/^\/remote\.php\/dav(\/|$)/.test(path))
      return serveDav(request, response, url, path.slice('/remote.php/dav'.length))
    if (path.startsWith('/public.php/dav/'))
      return serveLink(request, response, url, path.slice('/public.php/dav'.length))
    if (path.startsWith('/ocs/v2.php/')) {
      const authenticate = () => authentication.authenticate(request)
      return serveOcs({
        request,
        response,
        path: path.slice('/ocs/v2.php'.length),
        query: url.searchParams,
        routes,
        authenticate,
      })
    }
    if (/^(\/index\.php)?\/core\/preview(\.png)?$/.test(path)) return preview(request, response, url)
    if (path === '/status.php') return status(response)
    if (await loginFlow.serve(request, response, path)) return
    response.writeHead(404, { 'content-type': 'text/html' }).end()
  }

  function status(response: ServerResponse): void {
    const body = {
      installed: true,
      maintenance: faults.isMaintenance,
      needsDbUpgrade: false,
      version: '31.0.2.1',
      versionstring: version.string,
      edition: '',
      productname: 'Nextcloud',
      extendedSupport: false,
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  const server = createServer(
    (request, response) => void serve(request, response).catch((error) => fail(response, error)),
  )
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const address = origin + webroot
  return {
    /** Without the prefix, as ultid reaches it. */
    url: origin,
    people,
    files,
    calendars: calendars.store,
    addressBooks: addressBooks.store,
    faults,
    authentication,
    isNew,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await records.close()
    },
  }
}

async function call(methods: Methods, exchange: Exchange): Promise<void> {
  const handle = Object.hasOwn(methods, exchange.method) ? methods[exchange.method] : undefined
  if (!handle)
    throw new DavError(501, 'NotImplemented', `There was no handler found for this "${exchange.method}" method`)
  await handle(exchange)
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  if (error instanceof DavError) {
    if (error.status === 401) response.setHeader('www-authenticate', 'Basic realm="Nextcloud", charset="UTF-8"')
    sendDavError(response, error)
    return
  }
  // The client went away in the middle of its body.
  if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return void response.destroy()
  console.error('The Nextcloud stand-in failed:', error)
  sendDavError(response, new DavError(500, 'OCA\\DAV\\Connector\\Sabre\\Exception\\InternalServerError', String(error)))
}
