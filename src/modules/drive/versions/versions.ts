import { type DavPath, davPath } from '#integrations/dav/dav-path.ts'
import { textOf } from '#integrations/dav/multistatus.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import { AppError, notFound } from '#platform/errors.ts'
import { itemEvent, type Journal, statItem } from '../changes/journal.ts'
import { type Download, type DownloadRequest, download } from '../content/downloads.ts'
import { nameOf } from '../drive-path.ts'
import type { Item } from '../items/item.ts'
import type { Items } from '../items/items.ts'

export type Version = { id: string; size: number; modifiedAt: Date; isCurrent: boolean }

export type Versions = ReturnType<typeof createVersions>

/** What stood in a file before. */
export function createVersions(deps: { nextcloud: Nextcloud; items: Items; journal: Journal }) {
  const { nextcloud, items, journal } = deps
  const pathOf = (uid: string, { fileId }: Item, version: string): DavPath =>
    davPath('versions', uid, 'versions', String(fileId), version)

  /** @throws AppError `not_found`, `drive.is_folder` */
  async function fileOf(ownerId: string, id: string): Promise<Item> {
    const item = await items.get(ownerId, id)
    if (item.isFolder) throw new AppError('conflict', 'drive.is_folder', 'Only files have versions; this is a folder.')
    return item
  }

  return {
    /** The newest first; the current content is among them. */
    async list(ownerId: string, id: string): Promise<Version[]> {
      const item = await fileOf(ownerId, id)
      const { dav, uid } = await nextcloud.as(ownerId)
      const resources = await dav.propfind(davPath('versions', uid, 'versions', String(item.fileId)), {
        depth: '1',
        props: ['d:getcontentlength', 'd:getlastmodified'],
      })
      const versions = resources.flatMap((resource): Version[] => {
        const version = nameOf(resource.path)
        if (!/^\d+$/.test(version) || resource.path.endsWith(`/versions/${item.fileId}`)) return []
        const modifiedAt = new Date(textOf(resource, 'd:getlastmodified') ?? Number(version) * 1000)
        const size = Number(textOf(resource, 'd:getcontentlength') ?? 0)
        return [{ id: version, size, modifiedAt, isCurrent: sameSecond(modifiedAt, item.modifiedAt) }]
      })
      return versions.toSorted((one, other) => Number(other.id) - Number(one.id))
    },

    async open(ownerId: string, id: string, version: string, request: DownloadRequest): Promise<Download> {
      const item = await fileOf(ownerId, id)
      const { dav, uid } = await nextcloud.as(ownerId)
      return download(dav, pathOf(uid, item, version), { ...request, name: item.name })
    },

    /** What is there now becomes a version itself. @throws AppError `not_found` */
    async restore(ownerId: string, id: string, version: string): Promise<Item> {
      const item = await fileOf(ownerId, id)
      const person = await nextcloud.as(ownerId)
      const { dav, uid } = person
      const versions = await this.list(ownerId, id)
      if (!versions.some((one) => one.id === version)) throw notFound('version')
      await dav.move(pathOf(uid, item, version), davPath('versions', uid, 'restore', 'target'), { overwrite: true })
      const restored = await statItem(person, item.path)
      await journal.note(ownerId, { paths: [item.path], events: [itemEvent('drive.item_updated', restored)] })
      return restored
    },
  }
}

const sameSecond = (one: Date, other: Date): boolean =>
  Math.floor(one.getTime() / 1000) === Math.floor(other.getTime() / 1000)
