import { xml, xmlDocument } from '#integrations/dav/xml.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { filesPath, rootPath } from '../drive-path.ts'
import { entryProps, type Item } from '../items/item.ts'
import type { Items } from '../items/items.ts'
import { itemOf } from '../search/file-search.ts'
import { itemEvent, type Journal } from './journal.ts'

export type Favorites = ReturnType<typeof createFavorites>

/** What people want at hand; everybody has favourites of their own, of shared files too. */
export function createFavorites(deps: { nextcloud: Nextcloud; items: Items; journal: Journal }) {
  const { nextcloud, items, journal } = deps
  return {
    /** @throws AppError `not_found` */
    async set(ownerId: string, id: string, isFavorite: boolean): Promise<Item> {
      const item = await items.get(ownerId, id)
      if (item.isFavorite === isFavorite) return item
      const { dav, uid } = await nextcloud.as(ownerId)
      await dav.proppatch(filesPath(uid, item.path), { set: [xml('oc:favorite', {}, isFavorite ? '1' : '0')] })
      await journal.note(ownerId, { paths: [item.path], events: [itemEvent('drive.item_updated', item)] })
      return { ...item, isFavorite }
    },

    /** By where they lie, beyond `after`: at most `limit`. Nextcloud gives all of them at once. */
    async list(ownerId: string, { after, limit }: { after: string | undefined; limit: number }): Promise<Item[]> {
      const { dav, uid } = await nextcloud.as(ownerId)
      const body = xmlDocument(
        'oc:filter-files',
        {},
        xml('d:prop', {}, ...entryProps.map((name) => xml(name))),
        xml('oc:filter-rules', {}, xml('oc:favorite', {}, '1')),
      )
      const { resources } = await dav.report(filesPath(uid, rootPath), body)
      const found = resources.flatMap((resource) => itemOf(resource, uid) ?? [])
      const rest = after === undefined ? found : found.filter(({ path }) => path > after)
      return rest.toSorted((one, other) => (one.path < other.path ? -1 : 1)).slice(0, limit)
    },
  }
}
