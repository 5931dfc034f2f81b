import type { Readable } from 'node:stream'
import { AppError } from '#platform/errors.ts'
import type { Changes } from './changes/changes.ts'
import { alreadyExists, freeName } from './changes/conflict.ts'
import type { Contents } from './content/contents.ts'
import { childOf, type DrivePath, nameOf, parentOf, parsePath } from './drive-path.ts'
import type { Items } from './items/items.ts'
import { linkUrl } from './shares/share-wire.ts'
import type { Shares } from './shares/shares.ts'

/** A file's content, to be read to its end or destroyed. */
export type OpenedFile = { content: Readable; size: number; contentType: string; name: string }
export type DescribedFile = { itemId: string; path: string; name: string; size: number; contentType: string }
export type SavedFile = { itemId: string; path: string; size: number }

/** What other modules do with somebody's files. Paths are as people write them: `/Photos/Summer.jpg`. */
export type DriveFiles = {
  /** @throws AppError `not_found`, `drive.is_folder`, `invalid_path` */
  open(ownerId: string, path: string): Promise<OpenedFile>
  /**
   * Makes a file of a stream, under another name where its own is taken unless `conflict` says otherwise.
   * @throws AppError `parent_not_found`, `already_exists`, `quota_exceeded`, `invalid_path`, `invalid_name`
   */
  save(ownerId: string, path: string, content: Readable, options?: SaveOptions): Promise<SavedFile>
  /** A file by its path or its id. @throws AppError `not_found`, `drive.is_folder`, `invalid_path` */
  describe(ownerId: string, file: { path: string } | { itemId: string }): Promise<DescribedFile>
  /** A link by which anybody can fetch the file. @throws AppError `not_found`, `drive.outside_sharing_forbidden` */
  shareLink(ownerId: string, path: string): Promise<{ url: string; name: string; size: number }>
}

export type SaveOptions = {
  conflict?: 'fail' | 'rename' | 'replace'
  size?: number
  modifiedAt?: Date
  signal?: AbortSignal
}

export function createFiles(deps: {
  items: Items
  contents: Contents
  changes: Changes
  shares: Shares
  publicUrl: string
}): DriveFiles {
  const { items, contents, changes, shares, publicUrl } = deps

  /** A stream comes once: the name has to be right before it does. */
  async function freePath(ownerId: string, path: DrivePath): Promise<DrivePath> {
    const names = await changes
      .namesLike(ownerId)(parentOf(path), '')
      .catch((error) => {
        throw error instanceof AppError && error.code === 'not_found' ? parentNotFound() : error
      })
    return names.includes(nameOf(path)) ? childOf(parentOf(path), freeName(nameOf(path), new Set(names))) : path
  }

  return {
    async open(ownerId, path) {
      const { name, path: at, contentType } = await items.find(ownerId, parsePath(path))
      const { signal } = new AbortController()
      const { headers, content } = await contents.open(ownerId, at, { method: 'GET', headers: {}, signal })
      const size = Number(headers['content-length'] ?? 0)
      return { content, size, contentType: contentType ?? 'application/octet-stream', name }
    },

    async save(ownerId, path, content, { conflict = 'rename', size, modifiedAt, signal } = {}) {
      const wanted = parsePath(path)
      try {
        const at = conflict === 'rename' ? await freePath(ownerId, wanted) : wanted
        const { item } = await contents.write(ownerId, at, {
          ...{ content, contentLength: size, signal, ifNoneMatch: conflict === 'replace' ? undefined : '*' },
          modifiedAt: modifiedAt && Math.floor(modifiedAt.getTime() / 1000),
        })
        return { itemId: String(item.fileId), path: item.path, size: item.size }
      } catch (error) {
        content.destroy()
        throw error instanceof AppError && error.code === 'etag_mismatch' ? alreadyExists() : error
      }
    },

    async describe(ownerId, file) {
      const found = 'path' in file ? items.find(ownerId, parsePath(file.path)) : items.get(ownerId, file.itemId)
      const { fileId, path, name, size, contentType } = await found
      if (contentType === null) throw isFolder()
      return { itemId: String(fileId), path, name, size, contentType }
    },

    async shareLink(ownerId, path) {
      const { fileId, name, size } = await items.find(ownerId, parsePath(path))
      const { token } = await shares.create(ownerId, { itemId: String(fileId), kind: 'link', permissions: ['read'] })
      return { url: linkUrl(publicUrl, token ?? ''), name, size }
    },
  }
}

const isFolder = () => new AppError('conflict', 'drive.is_folder', 'This is a folder; name one of the files in it.')

const parentNotFound = () =>
  new AppError('conflict', 'parent_not_found', 'The folder in which this should be does not exist; make it first.')
