import { createHash } from 'node:crypto'
import type { XmlName } from '../../../src/integrations/dav/xml.ts'
import type { Records } from '../records.ts'

export type StoredObject = { name: string; content: string; etag: string; modified: number }

/** Operations by number, as Nextcloud notes them: of several to one name a sync tells the highest. */
export const operations = { added: 1, modified: 2, removed: 3 } as const
type Change = { token: number; name: string; operation: number }

export type Access = 'read' | 'read-write'
type Share = { uid: string; access: Access; properties: Record<XmlName, string> }

/** A calendar or an address book: a flat collection of objects. */
export type Collection = {
  owner: string
  name: string
  /** The text of each. */
  properties: Record<XmlName, string>
  token: number
  objects: Record<string, StoredObject>
  changes: Change[]
  shares: Share[]
  /** In the trash: it is still listed, and its name is still taken. */
  isDeleted: boolean
}

/** A collection as one person sees it; `name` is the one it has in their home. */
export type Seen = { collection: Collection; name: string; access: 'owner' | Access; uid: string }

export type CollectionStore = Awaited<ReturnType<typeof openCollectionStore>>

/** Collections of objects by person, with what changed in each since when, and with whom each is shared. */
export async function openCollectionStore(records: Records, document: string, now: () => number) {
  const { value, changed } = await records.open<{ collections: Collection[] }>(document, { collections: [] })

  function note(collection: Collection, name: string, operation: number): void {
    collection.changes.push({ token: collection.token, name, operation })
    collection.token++
    changed()
  }

  const seenBy = (collection: Collection, uid: string): Seen | undefined => {
    if (collection.owner === uid) return { collection, name: collection.name, access: 'owner', uid }
    const share = collection.isDeleted ? undefined : collection.shares.find((one) => one.uid === uid)
    return share && { collection, name: `${collection.name}_shared_by_${collection.owner}`, access: share.access, uid }
  }

  function homeOf(uid: string): Seen[] {
    return value.collections.flatMap((collection) => seenBy(collection, uid) ?? [])
  }

  return {
    homeOf,
    find: (uid: string, name: string): Seen | undefined => homeOf(uid).find((seen) => seen.name === name),

    add(owner: string, name: string, properties: Record<XmlName, string> = {}): Collection {
      const made: Collection = {
        ...{ owner, name, properties, token: 1, objects: {}, changes: [], shares: [], isDeleted: false },
      }
      value.collections.push(made)
      changed()
      return made
    },

    remove(collection: Collection, { toTrash }: { toTrash: boolean }): void {
      if (toTrash) collection.isDeleted = true
      else value.collections.splice(value.collections.indexOf(collection), 1)
      changed()
    },

    put(collection: Collection, name: string, content: string): StoredObject {
      const isNew = !Object.hasOwn(collection.objects, name)
      const etag = createHash('md5').update(content).digest('hex')
      const object = { name, content, etag, modified: now() }
      collection.objects[name] = object
      note(collection, name, isNew ? operations.added : operations.modified)
      return object
    },

    removeObject(collection: Collection, name: string): void {
      delete collection.objects[name]
      note(collection, name, operations.removed)
    },

    /** Undefined takes a share back. */
    share(collection: Collection, uid: string, access: Access | undefined): void {
      const earlier = collection.shares.find((one) => one.uid === uid)
      collection.shares = collection.shares.filter((one) => one.uid !== uid)
      if (access) collection.shares.push({ uid, access, properties: earlier?.properties ?? {} })
      changed()
    },

    /** What somebody changes of a collection that is shared with them is changed for them alone. */
    setProperties({ collection, uid }: Seen, values: ReadonlyMap<XmlName, string | undefined>): void {
      const share = collection.shares.find((one) => one.uid === uid)
      const properties = collection.owner === uid ? collection.properties : (share?.properties ?? {})
      for (const [name, text] of values) {
        if (text === undefined) delete properties[name]
        else properties[name] = text
      }
      if (collection.owner === uid) note(collection, '', operations.modified)
      else changed()
    },

    propertiesOf({ collection, uid }: Seen): Record<XmlName, string> {
      return { ...collection.properties, ...collection.shares.find((one) => one.uid === uid)?.properties }
    },
  }
}
