import { davPath } from '#integrations/dav/dav-path.ts'
import { type DavResource, isCollection, textOf } from '#integrations/dav/multistatus.ts'
import type { XmlName } from '#integrations/dav/xml.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { notFound } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { itemEvent, type Journal } from '../changes/journal.ts'
import { nameOf, namesOf } from '../drive-path.ts'
import type { Item } from '../items/item.ts'
import type { Items } from '../items/items.ts'

export type Trashed = {
  /** What it is called in the trash, which is another name than it had. */
  trashName: string
  fileId: string
  name: string
  isFolder: boolean
  /** Where it lay. */
  path: string
  size: number
  contentType: string | null
  deletedAt: Date
}

const props: readonly XmlName[] = [
  ...['d:resourcetype', 'd:getcontenttype', 'd:getcontentlength', 'oc:size', 'oc:fileid'],
  ...['nc:trashbin-filename', 'nc:trashbin-original-location', 'nc:trashbin-deletion-time'],
]

export type Trash = ReturnType<typeof createTrash>

/** What was deleted and can be had back. */
export function createTrash(deps: { nextcloud: Nextcloud; items: Items; journal: Journal }) {
  const { nextcloud, items, journal } = deps
  const pathOf = (uid: string, id: string) => davPath('trashbin', uid, 'trash', trashNameOf(id))

  async function all(ownerId: string): Promise<Trashed[]> {
    const { dav, uid } = await nextcloud.as(ownerId)
    const resources = await dav.propfind(davPath('trashbin', uid, 'trash'), { depth: '1', props })
    return resources.flatMap((resource) => trashedOf(resource) ?? []).toSorted(newestFirst)
  }

  return {
    /** The last deleted first. */
    async page(ownerId: string, { limit, cursor }: { limit: number; cursor: string | undefined }) {
      const [at, name] = cursor === undefined ? [] : decodeCursor(cursor, ['number', 'string'])
      const whole = await all(ownerId)
      const rest = at === undefined ? whole : whole.filter((one) => isAfter(one, at, name ?? ''))
      const page = rest.slice(0, limit)
      const last = rest.length > limit ? page.at(-1) : undefined
      return { items: page, nextCursor: last ? encodeCursor([last.deletedAt.getTime(), last.trashName]) : null }
    },

    /** Back to where it was, or to the top where that is gone. @throws AppError `not_found` */
    async restore(ownerId: string, id: string): Promise<Item> {
      const { dav, uid } = await nextcloud.as(ownerId)
      const at = pathOf(uid, id)
      const trashed = trashedOf(await dav.stat(at, props))
      if (!trashed) throw notFound('file in the trash')
      await dav.move(at, davPath('trashbin', uid, 'restore', trashed.name), { overwrite: true })
      const possible = [trashed.path, `/${trashed.name}`]
      await journal.note(ownerId, { paths: possible, gone: possible })
      const item = await items.get(ownerId, trashed.fileId)
      await journal.note(ownerId, { paths: [item.path], events: [itemEvent('drive.item_created', item)] })
      return item
    },

    /** For good. @throws AppError `not_found` */
    async delete(ownerId: string, id: string): Promise<void> {
      const { dav, uid } = await nextcloud.as(ownerId)
      await dav.delete(pathOf(uid, id))
    },

    async empty(ownerId: string): Promise<void> {
      const { dav, uid } = await nextcloud.as(ownerId)
      await dav.delete(davPath('trashbin', uid, 'trash'))
    },
  }
}

/** Its name in the trash, in letters that an address takes. */
export const trashIdOf = (trashName: string): string => Buffer.from(trashName).toString('base64url')
const trashNameOf = (id: string): string => Buffer.from(id, 'base64url').toString('utf8')

function trashedOf(resource: DavResource): Trashed | undefined {
  const names = namesOf(resource.path)
  const location = textOf(resource, 'nc:trashbin-original-location')
  const fileId = textOf(resource, 'oc:fileid')
  if (names.length !== 4 || location === undefined || fileId === undefined) return undefined
  const isFolder = isCollection(resource)
  const size = Number(textOf(resource, 'oc:size') ?? textOf(resource, 'd:getcontentlength') ?? 0)
  return {
    ...{ trashName: names[3] ?? '', fileId, isFolder, path: `/${location.replace(/^\/+/, '')}` },
    name: textOf(resource, 'nc:trashbin-filename') ?? nameOf(location),
    size: Number.isSafeInteger(size) && size > 0 ? size : 0,
    contentType: isFolder ? null : (textOf(resource, 'd:getcontenttype') ?? 'application/octet-stream'),
    deletedAt: new Date(Number(textOf(resource, 'nc:trashbin-deletion-time') ?? 0) * 1000),
  }
}

const newestFirst = (one: Trashed, other: Trashed): number =>
  other.deletedAt.getTime() - one.deletedAt.getTime() || (one.trashName < other.trashName ? -1 : 1)

const isAfter = ({ deletedAt, trashName }: Trashed, at: number, name: string): boolean =>
  deletedAt.getTime() < at || (deletedAt.getTime() === at && trashName > name)
