import { type Xml, xml } from '../../../src/integrations/dav/xml.ts'
import type { Exchange } from '../dav-exchange.ts'
import { hrefElement, type Properties, type Resource, resourceType } from '../multistatus.ts'
import type { CollectionKind } from './collection-kind.ts'
import type { CollectionStore, Seen, StoredObject } from './collection-store.ts'

export const tokenOf = (token: number): string => `http://sabre.io/ns/sync/${token}`
export const quoted = (etag: string): string => `"${etag}"`

/** Collections and their objects as a multistatus tells of them. */
export function createCollectionResources(store: CollectionStore, kind: CollectionKind) {
  const namesOf = ({ uid, name }: Seen): string[] => [...kind.home(uid), name]

  function collectionResource(exchange: Exchange, seen: Seen): Resource {
    const { collection, access, uid } = seen
    const texts = Object.entries(store.propertiesOf(seen)).map(([name, text]) => [name, () => text] as const)
    const isShared = access !== 'owner'
    const properties: Properties = {
      ...Object.fromEntries(texts),
      'd:resourcetype': () => resourceType('d:collection', kind.type),
      'd:owner': () => hrefElement(exchange, ['principals', 'users', uid]),
      'd:sync-token': () => tokenOf(collection.token),
      'cs:getctag': () => tokenOf(collection.token),
      'oc:owner-principal': () => `principals/users/${collection.owner}`,
      'oc:read-only': () => (isShared ? (access === 'read' ? '1' : '') : undefined),
      'oc:invite': () => invitations(seen),
      'd:current-user-privilege-set': () => privileges(access === 'read' ? ['d:read'] : ['d:read', 'd:write', 'd:all']),
      'ncc:deleted-calendar': () => (collection.isDeleted ? '' : undefined),
      ...kind.properties(exchange, seen),
    }
    return { names: namesOf(seen), isCollection: true, properties }
  }

  function objectResource(seen: Seen, object: StoredObject): Resource {
    return {
      names: [...namesOf(seen), object.name],
      properties: {
        'd:getetag': () => quoted(object.etag),
        'd:getcontenttype': () => kind.contentType,
        'd:getcontentlength': () => String(Buffer.byteLength(object.content)),
        'd:getlastmodified': () => new Date(object.modified * 1000).toUTCString(),
        'd:resourcetype': () => '',
        [kind.contentProperty]: (wanted) => kind.show?.(object.content, wanted) ?? object.content,
      },
    }
  }

  /** As somebody sees it; undefined where they do not. */
  function shown({ access }: Seen, object: StoredObject | undefined): StoredObject | undefined {
    if (!object || access === 'owner' || !kind.shared) return object
    return kind.shared(object, access)
  }

  const shownIn = (seen: Seen): StoredObject[] =>
    Object.values(seen.collection.objects).flatMap((object) => shown(seen, object) ?? [])

  return { namesOf, collectionResource, objectResource, shown, shownIn }
}

const privileges = (names: readonly string[]): Xml => ({
  xml: names.map((name) => xml('d:privilege', {}, xml(name)).xml).join(''),
})

/** Whom it is shared with; nobody but the owner sees the others. */
function invitations({ collection, access, uid }: Seen): Xml | undefined {
  const shown = collection.shares.filter((share) => access === 'owner' || share.uid === uid)
  if (shown.length === 0) return undefined
  const user = (share: (typeof shown)[number]) =>
    xml(
      'oc:user',
      {},
      xml('d:href', {}, `principal:principals/users/${share.uid}`),
      xml('oc:common-name', {}, share.uid),
      xml('oc:invite-accepted'),
      xml('oc:access', {}, xml(share.access === 'read' ? 'oc:read' : 'oc:read-write')),
    )
  return { xml: shown.map((share) => user(share).xml).join('') }
}
