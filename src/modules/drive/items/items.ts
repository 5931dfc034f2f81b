import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Database } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { createPageMemory } from '#platform/http/page-memory.ts'
import type { DrivePath } from '../drive-path.ts'
import { findByFileId } from '../search/file-search.ts'
import { type Item, permissionsOf } from './item.ts'
import type { ItemKind } from './item-kind.ts'
import type { SaidItem } from './item-wire.ts'
import { listingStore, nameKeyOf, type SortKey } from './listing-store.ts'
import type { Listings } from './listings.ts'

export type ListRequest = {
  path: DrivePath
  sort: SortKey
  order: 'asc' | 'desc'
  kinds: readonly ItemKind[] | undefined
  limit: number
  cursor: string | undefined
}

export type FolderView = { id: string; path: DrivePath; etag: string; permissions: string[] }

/** `said` is what is answered of each item, as text. */
export type ItemPage = { folder: FolderView; said: readonly string[]; nextCursor: string | null }
export type RenderedPage = { version: string; body: Buffer }

export type Items = ReturnType<typeof createItems>

/** Files and folders, found by where they lie or by the id that Nextcloud gave them, which stays when they are moved. */
export function createItems(deps: { database: Database; nextcloud: Nextcloud; listings: Listings }) {
  const { database, nextcloud, listings } = deps
  const pages = createPageMemory({ maxBytes: 64 * 1024 * 1024 })

  async function findAt(ownerId: string, path: DrivePath | undefined, fileId: number): Promise<Item | undefined> {
    if (path === undefined) return undefined
    const item = await listings.find(ownerId, path).catch((error) => {
      if (error.kind === 'not_found') return undefined
      throw error
    })
    return item?.fileId === fileId ? item : undefined
  }

  return {
    /**
     * A page of a folder, as the text that `render` makes of it; its folders come first. It is rendered once for each version of
     * the folder.
     * @throws AppError `not_found`, `invalid_request_body`
     */
    async list(ownerId: string, request: ListRequest, render: (page: ItemPage) => string): Promise<RenderedPage> {
      const { path, sort, order, kinds, limit, cursor } = request
      const after = cursor === undefined ? undefined : positionOf(cursor, sort)
      const folder = await listings.fresh(ownerId, path)
      const { version } = folder
      const key = JSON.stringify([ownerId, path, sort, order, kinds, limit, cursor])
      const known = pages.get(key, version)
      if (known !== undefined) return { version, body: known }
      const found = await listingStore.page(database, ownerId, path, { sort, order, kinds, after, limit: limit + 1 })
      const said = found.slice(0, limit)
      const last = found.length > limit ? said.at(-1) : undefined
      const { fileId, etag } = folder
      const view: FolderView = { id: String(fileId), path, etag, permissions: permissionsOf(folder) }
      const nextCursor = last === undefined ? null : cursorOf(JSON.parse(last), sort)
      const body = Buffer.from(render({ folder: view, said, nextCursor }))
      pages.set(key, version, body)
      return { version, body }
    },

    /** @throws AppError `not_found` */
    async get(ownerId: string, id: string): Promise<Item> {
      const fileId = Number(id)
      const known = await listingStore.findPlace(database, ownerId, fileId)
      const item =
        (await findAt(ownerId, known, fileId)) ??
        (await findAt(ownerId, await findByFileId(await nextcloud.as(ownerId), fileId), fileId))
      if (!item) throw notFound('file')
      return item
    },

    /** @throws AppError `not_found` */
    find: listings.find.bind(listings),
  }
}

const sortValueOf: Readonly<Record<SortKey, (item: SaidItem) => string>> = {
  name: ({ name }) => nameKeyOf(name),
  modified_at: (item) => item.modified_at.replace('Z', '000Z'),
  size: (item) => String(item.size_bytes),
  kind: ({ kind }) => kind,
}

const cursorOf = (item: SaidItem, sort: SortKey): string =>
  encodeCursor([sort, item.type === 'folder' ? 0 : 1, sortValueOf[sort](item), item.name])

/** Where the page before ended. A cursor of another order is none. */
function positionOf(cursor: string, sort: SortKey): readonly [number, string, string] {
  const value = sort === 'modified_at' ? 'time' : 'string'
  const [made, rank, position, name] = decodeCursor(cursor, ['string', 'number', value, 'string'])
  const isOther = made !== sort || Math.abs(rank) > 1 || (sort === 'size' && !/^\d{1,16}$/.test(position))
  // What it makes of a text that is no cursor.
  if (isOther) decodeCursor('', ['string'])
  return [rank, position, name]
}
