import { childOf, childrenOf, type XmlElement } from '../../../src/integrations/dav/xml.ts'
import { badRequest, DavError, type Exchange, forbidden, namesOf } from '../dav-exchange.ts'
import { type Resource, sendMultistatus, wantedOf } from '../multistatus.ts'
import type { CollectionKind } from './collection-kind.ts'
import { type createCollectionResources, tokenOf } from './collection-resources.ts'
import { type CollectionStore, operations, type Seen } from './collection-store.ts'

/** RFC 6578 and the multigets of RFC 4791 §7.9 and RFC 6352 §8.7. */
export function createCollectionReports(deps: {
  store: CollectionStore
  kind: CollectionKind
  resources: ReturnType<typeof createCollectionResources>
}) {
  const { store, kind, resources } = deps

  function syncCollection(exchange: Exchange, document: XmlElement, seen: Seen): void {
    const { collection } = seen
    const wanted = wantedOf(document)
    const syncToken = tokenOf(collection.token)
    const since = sinceOf(childOf(document, 'd:sync-token')?.text.trim() ?? '')
    if (since === undefined) {
      const all = resources.shownIn(seen).map((object) => resources.objectResource(seen, object))
      sendMultistatus(exchange, all, { wanted, syncToken })
      return
    }
    // The highest operation is told, not the last: what was deleted and made anew reads as deleted.
    const told = new Map<string, number>()
    for (const { token, name, operation } of collection.changes) {
      if (token >= since && name !== '') told.set(name, Math.max(operation, told.get(name) ?? 0))
    }
    const limit = Number(childOf(childOf(document, 'd:limit'), 'd:nresults')?.text ?? Number.POSITIVE_INFINITY)
    // A limit cuts the changes off, and the token is that of the end nevertheless.
    const changed = [...told].slice(0, limit).map(([name, operation]): Resource => {
      const object = resources.shown(seen, collection.objects[name])
      const isGone = operation === operations.removed || !object
      return isGone
        ? { names: [...resources.namesOf(seen), name], status: 404 }
        : resources.objectResource(seen, object)
    })
    sendMultistatus(exchange, changed, { wanted, syncToken })
  }

  /** What is not there is left out, without a word. */
  function multiget(exchange: Exchange, document: XmlElement): void {
    const found = childrenOf(document, 'd:href').flatMap(({ text }) => {
      if (!text.startsWith(`${exchange.root}/`)) throw forbidden(`Requested uri (${text}) is out of base uri`)
      const names = namesOf(text.slice(exchange.root.length))
      const home = kind.home(exchange.person.uid)
      const [collectionName = '', name = ''] = names.slice(home.length)
      const seen = home.every((one, at) => names[at] === one)
        ? store.find(exchange.person.uid, collectionName)
        : undefined
      const object = seen && resources.shown(seen, seen.collection.objects[name])
      return seen && object ? [resources.objectResource(seen, object)] : []
    })
    sendMultistatus(exchange, found, { wanted: wantedOf(document) })
  }

  return {
    serve(exchange: Exchange, document: XmlElement | undefined, seen: Seen | undefined): void {
      if (!document) throw badRequest('A report needs a document')
      const handle = kind.reports?.[document.name]
      if (handle) handle(exchange, document, seen)
      else if (document.name === kind.multiget && seen) multiget(exchange, document)
      else if (document.name === 'd:sync-collection' && seen) syncCollection(exchange, document, seen)
      else throw new DavError(415, 'ReportNotSupported', `The ${document.name} REPORT is not supported on this url.`)
    },
  }
}

/** A token of the future is taken for one of now: nothing is told, without an error. */
function sinceOf(token: string): number | undefined {
  if (token === '') return undefined
  const [, digits] = /^http:\/\/sabre\.io\/ns\/sync\/(\d+)$/.exec(token) ?? []
  if (digits === undefined) throw new DavError(403, 'InvalidSyncToken', 'Invalid or unknown sync token')
  return Number(digits)
}
