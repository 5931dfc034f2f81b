import { childOf, childrenOf, type XmlElement, type XmlName } from '../../../src/integrations/dav/xml.ts'
import { DavError, type Exchange, forbidden, headerOf, notFound, readBody, send } from '../dav-exchange.ts'
import { isUnchanged, requireWritable } from '../files/conditions.ts'
import {
  davHeader,
  hrefElement,
  type Resource,
  readDocument,
  resourceType,
  sendMultistatus,
  sendPropertyStatuses,
  wantedOf,
} from '../multistatus.ts'
import type { Methods } from '../part.ts'
import type { People } from '../people.ts'
import type { CollectionKind } from './collection-kind.ts'
import { createCollectionReports } from './collection-reports.ts'
import { createCollectionResources, quoted } from './collection-resources.ts'
import type { CollectionStore, Seen, StoredObject } from './collection-store.ts'

type Deps = { store: CollectionStore; kind: CollectionKind; people: People }
type Target = { home: string; seen: Seen | undefined; names: readonly string[] }

/** Everything that one does with collections of objects and with the objects, for calendars and address books alike. */
export function createCollectionMethods(deps: Deps): Methods {
  const { store, kind, people } = deps
  const resources = createCollectionResources(store, kind)
  const reports = createCollectionReports({ store, kind, resources })

  /** Where a request leads. Nobody sees another's home. */
  function targetOf({ path, person }: Exchange): Target {
    const home = kind.home(person.uid).slice(1)
    if (!home.every((name, at) => path[at] === name)) throw notFound(`Node ${path.join('/')}`)
    const names = path.slice(home.length)
    const seen = names[0] === undefined ? undefined : store.find(person.uid, names[0])
    return { home: person.uid, seen, names }
  }

  function requireObject({ seen, names }: Target): { seen: Seen; object: StoredObject } {
    const isThere = seen && !seen.collection.isDeleted
    const object = isThere ? resources.shown(seen, seen.collection.objects[names[1] ?? '']) : undefined
    if (!seen || !object) throw notFound(names.at(-1))
    return { seen, object }
  }

  /** What is shared read-only is answered as if it were not there. */
  function requireWritableCollection(seen: Seen | undefined, name: string | undefined): Seen {
    if (!seen || seen.access === 'read') throw notFound(name)
    return seen
  }

  const withOther =
    (handle: (exchange: Exchange, target: Target) => Promise<void> | void) => async (exchange: Exchange) => {
      const target = targetOf(exchange)
      if (!target.seen && (await kind.serveOther?.(exchange, target.names))) return
      await handle(exchange, target)
    }

  function home(exchange: Exchange): Resource {
    const { uid } = exchange.person
    const properties = {
      'd:resourcetype': () => resourceType('d:collection'),
      'd:current-user-principal': () => hrefElement(exchange, ['principals', 'users', uid]),
    }
    return { names: kind.home(uid), isCollection: true, properties }
  }

  function listed(exchange: Exchange, { seen, names }: Target): Resource[] {
    const isDeep = headerOf(exchange, 'depth') !== '0'
    if (names.length === 0) {
      const { uid } = exchange.person
      const seens = isDeep ? store.homeOf(uid).map((one) => resources.collectionResource(exchange, one)) : []
      return [home(exchange), ...seens, ...(isDeep ? (kind.others?.(exchange, uid) ?? []) : [])]
    }
    if (names.length > 1) {
      const found = requireObject({ home: '', seen, names })
      return [resources.objectResource(found.seen, found.object)]
    }
    if (!seen) throw notFound(names[0])
    const objects = isDeep ? resources.shownIn(seen) : []
    return [
      resources.collectionResource(exchange, seen),
      ...objects.map((object) => resources.objectResource(seen, object)),
    ]
  }

  async function make(exchange: Exchange): Promise<void> {
    const { names, seen } = targetOf(exchange)
    const [name] = names
    if (names.length !== 1 || name === undefined) throw forbidden('Collections lie right below the home')
    if (seen) throw new DavError(405, 'MethodNotAllowed', 'The resource you tried to create already exists')
    const document = await readDocument(exchange)
    store.add(exchange.person.uid, name, Object.fromEntries(settings(document, kind)))
    send(exchange, 201)
  }

  async function put(exchange: Exchange, target: Target): Promise<void> {
    const [, name] = target.names
    if (!target.seen || name === undefined) throw notFound(target.names[0])
    const seen = requireWritableCollection(target.seen, name)
    const before = seen.collection.objects[name]
    requireWritable(exchange, before)
    const sent = await readBody(exchange)
    const content = kind.write({ person: exchange.person, seen, name, before }, sent)
    const { etag } = store.put(seen.collection, name, content)
    // RFC 4791 §5.3.4: an ETag only for what is kept as it was sent.
    send(exchange, before ? 204 : 201, content === sent ? { etag: quoted(etag) } : {})
  }

  return {
    OPTIONS: (exchange) =>
      send(exchange, 200, { dav: davHeader, allow: 'OPTIONS, GET, PUT, DELETE, PROPFIND, REPORT' }),

    PROPFIND: withOther(async (exchange, target) => {
      const resourcesFound = listed(exchange, target)
      sendMultistatus(exchange, resourcesFound, { wanted: wantedOf(await readDocument(exchange)) })
    }),

    async REPORT(exchange) {
      const { names, seen } = targetOf(exchange)
      if (names.length > 0 && !seen) throw notFound(names[0])
      reports.serve(exchange, await readDocument(exchange), seen)
    },

    GET: withOther((exchange, target) => {
      const { object } = requireObject(target)
      const headers = { etag: quoted(object.etag), 'content-type': kind.contentType }
      if (isUnchanged(exchange, object.etag)) return send(exchange, 304, headers)
      send(exchange, 200, headers, object.content)
    }),

    PUT: withOther(put),

    DELETE: withOther((exchange, target) => {
      const { seen, names } = target
      if (seen && names.length === 1) {
        const isHard = headerOf(exchange, 'x-nc-caldav-no-trashbin') === '1'
        if (seen.access !== 'owner') store.share(seen.collection, seen.uid, undefined)
        else store.remove(seen.collection, { toTrash: kind.hasTrash && !isHard && !seen.collection.isDeleted })
        return send(exchange, 204)
      }
      const { object } = requireObject(target)
      const writable = requireWritableCollection(seen, object.name)
      requireWritable(exchange, object)
      kind.remove?.({ person: exchange.person, seen: writable, name: object.name, before: object })
      store.removeObject(writable.collection, object.name)
      send(exchange, 204)
    }),

    [kind.maker]: make,

    async PROPPATCH(exchange) {
      const { names, seen } = targetOf(exchange)
      if (!seen || names.length !== 1) throw notFound(names[0])
      const document = await readDocument(exchange)
      const removed = childrenOf(document, 'd:remove').flatMap((one) => childOf(one, 'd:prop')?.children ?? [])
      const values = new Map<XmlName, string | undefined>(removed.map(({ name }) => [name, undefined]))
      for (const [name, text] of settings(document, kind)) values.set(name, text)
      store.setProperties(seen, values)
      const statuses = new Map([...values.keys()].map((name) => [name, 200]))
      sendPropertyStatuses(exchange, resources.collectionResource(exchange, seen), statuses)
    },

    POST: withOther(async (exchange, { seen, names }) => {
      const document = await readDocument(exchange)
      if (seen?.access !== 'owner' || names.length !== 1) throw notFound(names[0])
      if (document?.name !== 'oc:share') throw new DavError(501, 'NotImplemented', 'No such document')
      share({ store, people, seen }, document)
      send(exchange, 200, {})
    }),
  }
}

const settings = (document: XmlElement | undefined, kind: CollectionKind): [XmlName, string][] =>
  childrenOf(document, 'd:set')
    .flatMap((set) => childOf(set, 'd:prop')?.children ?? [])
    .filter(({ name }) => name !== 'd:resourcetype')
    .map((element) => [element.name, kind.textOf?.(element) ?? element.text])

/** Those whom nobody knows are passed over, as Nextcloud does. */
function share({ store, people, seen }: { store: CollectionStore; people: People; seen: Seen }, document: XmlElement) {
  for (const element of document.children) {
    const href = childOf(element, 'd:href')?.text ?? ''
    const uid = /^principal:principals\/users\/(.+)$/.exec(href)?.[1]
    const person = uid === undefined ? undefined : people.find(decodeURIComponent(uid))
    if (!person || person.uid === seen.collection.owner) continue
    const isWritable = childOf(element, 'oc:read-write') !== undefined
    store.share(
      seen.collection,
      person.uid,
      element.name === 'oc:set' ? (isWritable ? 'read-write' : 'read') : undefined,
    )
  }
}
