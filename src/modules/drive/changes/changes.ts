import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { etagMismatch, isMatch } from '#platform/http/etag.ts'
import { childOf, type DrivePath, filesPath, isWithin, nameOf, parentOf } from '../drive-path.ts'
import type { Item } from '../items/item.ts'
import type { Items } from '../items/items.ts'
import { listingStore } from '../items/listing-store.ts'
import type { Listings } from '../items/listings.ts'
import { alreadyExists, type ConflictPolicy, place } from './conflict.ts'
import { itemEvent, type Journal, statItem } from './journal.ts'

export type Transfer = {
  /** The folder to be put in; where it is already by default. */
  folder?: DrivePath | undefined
  /** Its own by default. */
  name?: string | undefined
  conflict: ConflictPolicy
  ifMatch?: string | undefined
}

export type Changes = ReturnType<typeof createChanges>

/** What is done to files and folders without looking into them. */
export function createChanges(deps: {
  database: Database
  nextcloud: Nextcloud
  listings: Listings
  items: Items
  journal: Journal
}) {
  const { database, nextcloud, listings, items, journal } = deps

  const namesLike = (ownerId: string) => async (folder: DrivePath, beginning: string) => {
    await listings.fresh(ownerId, folder)
    return listingStore.namesLike(database, ownerId, folder, beginning)
  }

  async function found(ownerId: string, id: string, ifMatch: string | undefined): Promise<Item> {
    const item = await items.get(ownerId, id)
    if (!isMatch(ifMatch, item.etag)) throw etagMismatch()
    return item
  }

  async function transfer(ownerId: string, id: string, method: 'move' | 'copy', wanted: Transfer): Promise<Item> {
    const { conflict, ifMatch } = wanted
    const item = await found(ownerId, id, ifMatch)
    const to = childOf(wanted.folder ?? parentOf(item.path), wanted.name ?? item.name)
    if (method === 'move' && to === item.path) return item
    // A copy beside what is copied needs another name, which is for `conflict` to say.
    if (to !== item.path) refuseSelf(item, to)
    const person = await nextcloud.as(ownerId)
    const at = await place(to, conflict, namesLike(ownerId), async (path, { overwrite }) => {
      if (path === item.path) throw alreadyExists()
      await put(person, method, { item, to: path, overwrite, ifMatch })
    })
    const moved = await statItem(person, at)
    const data = { item_id: String(moved.fileId), path: at }
    const event =
      method === 'move'
        ? { type: 'drive.item_moved' as const, data: { ...data, from_path: item.path } }
        : { type: 'drive.item_created' as const, data }
    const gone = method === 'move' ? [item.path, at] : [at]
    await journal.note(ownerId, { paths: [item.path, at], gone, events: [event] })
    return moved
  }

  return {
    namesLike,

    /** @throws AppError `already_exists`, `parent_not_found`, `invalid_name` */
    async createFolder(ownerId: string, path: DrivePath, conflict: 'fail' | 'rename'): Promise<Item> {
      const person = await nextcloud.as(ownerId)
      const { dav, uid } = person
      if (path === '/') throw alreadyExists()
      const at = await place(path, conflict, namesLike(ownerId), (free) => dav.mkcol(filesPath(uid, free)))
      const made = await statItem(person, at)
      await journal.note(ownerId, { paths: [at], gone: [at], events: [itemEvent('drive.item_created', made)] })
      return made
    },

    /** @throws AppError `already_exists`, `parent_not_found`, `etag_mismatch`, `drive.move_into_itself` */
    move: (ownerId: string, id: string, wanted: Transfer) => transfer(ownerId, id, 'move', wanted),
    copy: (ownerId: string, id: string, wanted: Transfer) => transfer(ownerId, id, 'copy', wanted),

    /** Into the trash. @throws AppError `not_found`, `etag_mismatch` */
    async delete(ownerId: string, id: string, ifMatch?: string): Promise<void> {
      const item = await found(ownerId, id, ifMatch)
      const { dav, uid } = await nextcloud.as(ownerId)
      await dav.delete(filesPath(uid, item.path), { ifMatch })
      const events = [itemEvent('drive.item_deleted', item)]
      await journal.note(ownerId, { paths: [item.path], gone: [item.path], events })
    },
  }
}

async function put(
  { dav, uid }: NextcloudPerson,
  method: 'move' | 'copy',
  { item, to, overwrite, ifMatch }: { item: Item; to: DrivePath; overwrite: boolean; ifMatch: string | undefined },
): Promise<void> {
  const [source, destination] = [filesPath(uid, item.path), filesPath(uid, to)]
  try {
    await dav[method](source, destination, { overwrite, ifMatch })
  } catch (error) {
    // 412 is the answer of both: there is something already, and the source is another version (RFC 4918 §9.9.4).
    if (!(error instanceof AppError) || error.code !== 'etag_mismatch' || overwrite) throw error
    const isThere = await dav.stat(destination, ['d:getetag']).then(
      () => true,
      () => false,
    )
    throw isThere || ifMatch === undefined ? alreadyExists() : error
  }
}

/** A folder into itself would be endless; in place of one that holds it, what is to be kept would be deleted first. */
function refuseSelf(item: Item, to: DrivePath): void {
  if (item.isFolder && isWithin(to, item.path)) throw intoItself(nameOf(item.path))
  if (isWithin(item.path, to)) throw intoItself(nameOf(to))
}

const intoItself = (name: string) =>
  new AppError(
    'conflict',
    'drive.move_into_itself',
    `"${name}" cannot be put into itself or take the place of a folder that holds it; choose another folder.`,
  )
