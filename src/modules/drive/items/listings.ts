import { type DavResource, textOf } from '#integrations/dav/multistatus.ts'
import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { childOf, type DrivePath, filesPath, fromFilesPath, nameOf, parentOf, rootPath } from '../drive-path.ts'
import { tell } from '../events.ts'
import { type Entry, entryOf, entryProps, type Item } from './item.ts'
import { sayItem } from './item-wire.ts'
import {
  type KnownFolder,
  type KnownRoot,
  type ListedEntry,
  type Listing,
  listingStore as store,
} from './listing-store.ts'

/** How old Nextcloud's word about the top may be that a reader relies on. */
const trustedMs = 10_000
/** How often it is noted that an owner is there. */
const noteActiveMs = 30_000

export type Listings = ReturnType<typeof createListings>
type Told = { etag: string; generation: number }

/**
 * Folders as they are, from the database. They are kept right by ETags: that of the top changes with anything below it, so
 * one request tells that nothing is new; after that one for each folder that is read. What is changed through ultid
 * outdates the folders that it touches in the same breath.
 */
export function createListings(deps: { database: Database; transact: Transact; events: Events; nextcloud: Nextcloud }) {
  const { database, transact, events, nextcloud } = deps
  const underWay = new Map<string, Promise<KnownFolder>>()

  /** @throws AppError `not_found` */
  async function revalidate(ownerId: string, path: DrivePath): Promise<KnownFolder> {
    const person = await nextcloud.as(ownerId)
    const { root, folder } = await store.look(database, ownerId, path)
    if (!root) throw new Error('The owner was not noted.')
    const told = await rootOf(ownerId, person, root)
    if (folder && folder.validUnder === told.etag) return folder
    // Outdated by a change through ultid it is another for sure.
    if (folder && folder.validUnder !== null && (await etagAt(person, ownerId, path)) === folder.etag) {
      await store.confirm(database, ownerId, path, told)
      return { ...folder, validUnder: told.etag }
    }
    const listing = await read(ownerId, person, path)
    const version = await transact((tx) =>
      store.replace(tx, ownerId, path, { ...listing, rootEtag: told.etag, generation: told.generation }),
    )
    const { etag, fileId, permissions } = listing
    return { etag, fileId, permissions, version, validUnder: told.etag }
  }

  async function rootOf(ownerId: string, { dav, uid }: NextcloudPerson, root: KnownRoot): Promise<Told> {
    const { generation } = root
    if (root.etag !== null && isRecent(root)) return { etag: root.etag, generation }
    const top = await dav.stat(filesPath(uid, rootPath), ['d:getetag'])
    const etag = textOf(top, 'd:getetag') ?? ''
    await noteRoot(ownerId, { etag, generation })
    return { etag, generation }
  }

  /** Whoever shows files is told that others are there now. */
  async function noteRoot(ownerId: string, told: Told): Promise<void> {
    await transact(async (tx) => {
      const noted = await store.noteRoot(tx, ownerId, told)
      if (noted?.wasOther) await tell(events, tx, ownerId, { type: 'drive.files_changed', data: {} })
    })
  }

  async function etagAt({ dav, uid }: NextcloudPerson, ownerId: string, path: DrivePath): Promise<string | undefined> {
    const found = await dav.stat(filesPath(uid, path), ['d:getetag']).catch((error) => forgetting(ownerId, path, error))
    return textOf(found, 'd:getetag')
  }

  async function read(ownerId: string, { dav, uid }: NextcloudPerson, path: DrivePath): Promise<Listing> {
    const resources = await dav
      .propfind(filesPath(uid, path), { depth: '1', props: entryProps })
      .catch((error) => forgetting(ownerId, path, error))
    return listingOf(resources, uid, path)
  }

  async function forgetting(ownerId: string, path: DrivePath, error: unknown): Promise<never> {
    if (error instanceof AppError && error.kind === 'not_found') await store.forget(database, ownerId, path)
    throw error
  }

  /** Requests that come at once wait for one answer. */
  function revalidateOnce(ownerId: string, path: DrivePath, key: string): Promise<KnownFolder> {
    const running = underWay.get(key) ?? revalidate(ownerId, path).finally(() => underWay.delete(key))
    underWay.set(key, running)
    return running
  }

  return {
    /**
     * Makes sure that what the store has of a folder is right.
     * @throws AppError `not_found` also for a file, and what Nextcloud refuses.
     */
    async fresh(ownerId: string, path: DrivePath): Promise<KnownFolder> {
      const { root, folder } = await store.look(database, ownerId, path)
      if (!root || root.idleMs > noteActiveMs) await store.touchOwner(database, ownerId)
      if (root && folder && isRecent(root) && folder.validUnder !== null && folder.validUnder === root.etag) {
        return folder
      }
      // One that is outdated must not wait for an answer that was asked for before.
      const key = `${ownerId} ${root?.generation ?? 0} ${path}`
      const known = await revalidateOnce(ownerId, path, key)
      await store.touchFolder(database, ownerId, path)
      return known
    },

    /** Where the owner's file is now. @throws AppError `not_found` */
    async find(ownerId: string, path: DrivePath): Promise<Item> {
      if (path === rootPath) throw notFound('file')
      await this.fresh(ownerId, parentOf(path))
      const item = await store.findByName(database, ownerId, parentOf(path), nameOf(path))
      if (!item) throw notFound('file')
      return item
    },

    noteRoot,
  }
}

const isRecent = ({ ageMs }: KnownRoot): boolean => ageMs !== null && ageMs < trustedMs

/** @throws AppError `not_found` for a file. */
function listingOf(resources: readonly DavResource[], uid: string, path: DrivePath): Listing {
  let folder: Entry | undefined
  const entries = new Map<string, ListedEntry>()
  for (const resource of resources) {
    const at = fromFilesPath(uid, resource.path)
    const entry = at === undefined ? undefined : entryOf(resource, nameOf(at))
    if (!entry || at === undefined) continue
    if (at === path) folder = entry
    else if (at === childOf(path, entry.name))
      entries.set(entry.name, { ...entry, said: sayItem({ ...entry, path: at }) })
  }
  if (!folder?.isFolder) throw notFound('folder')
  return { etag: folder.etag, fileId: folder.fileId, permissions: folder.permissions, entries: [...entries.values()] }
}
