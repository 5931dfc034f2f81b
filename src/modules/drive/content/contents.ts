import type { Readable } from 'node:stream'
import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import { AppError } from '#platform/errors.ts'
import { itemEvent, type Journal, statItem } from '../changes/journal.ts'
import { type DrivePath, filesPath, nameOf, rootPath } from '../drive-path.ts'
import type { Item } from '../items/item.ts'
import type { Items } from '../items/items.ts'
import { checksumText, createDigestGuard, type Digest } from './digest-guard.ts'
import { type Download, type DownloadRequest, download } from './downloads.ts'

export type Incoming = {
  content: Readable
  contentLength?: number | undefined
  ifMatch?: string | undefined
  ifNoneMatch?: string | undefined
  digest?: Digest | undefined
  /** Seconds since the epoch. */
  modifiedAt?: number | undefined
  signal?: AbortSignal | undefined
}

export type Contents = ReturnType<typeof createContents>

/** What is in files, as it comes: nothing is ever held. */
export function createContents(deps: { nextcloud: Nextcloud; items: Items; journal: Journal }) {
  const { nextcloud, items, journal } = deps

  const openAt = ({ dav, uid }: NextcloudPerson, path: DrivePath, request: DownloadRequest): Promise<Download> =>
    download(dav, filesPath(uid, path), { ...request, name: nameOf(path) || 'download' })

  return {
    /** @throws as `download` */
    open: async (ownerId: string, path: DrivePath, request: DownloadRequest): Promise<Download> =>
      openAt(await nextcloud.as(ownerId), path, request),

    async openItem(ownerId: string, id: string, request: DownloadRequest): Promise<Download> {
      const item = await items.get(ownerId, id)
      return openAt(await nextcloud.as(ownerId), item.path, request)
    },

    /**
     * Makes a file or gives it another content, whole or not at all.
     * @throws AppError `etag_mismatch`, `parent_not_found`, `checksum_mismatch`, `quota_exceeded`, `drive.is_folder`
     */
    async write(ownerId: string, path: DrivePath, incoming: Incoming): Promise<{ item: Item; isNew: boolean }> {
      if (path === rootPath) throw isFolder()
      const person = await nextcloud.as(ownerId)
      const status = await put(person, path, incoming)
      const item = await statItem(person, path)
      const isNew = status === 201
      const event = itemEvent(isNew ? 'drive.item_created' : 'drive.item_updated', item)
      await journal.note(ownerId, { paths: [path], events: [event] })
      return { item, isNew }
    },
  }
}

/** @returns the status of what Nextcloud answers: 201 for a new file. */
async function put({ dav, uid }: NextcloudPerson, path: DrivePath, incoming: Incoming): Promise<number> {
  const { content, contentLength, digest, modifiedAt, ifMatch, ifNoneMatch, signal } = incoming
  const guard = digest && createDigestGuard(digest)
  let broken: Error | undefined
  if (guard) {
    content.once('error', (error) => guard.destroy(error))
    guard.once('error', (error) => {
      broken = error
    })
    content.pipe(guard)
  }
  try {
    const stored = await dav.put(filesPath(uid, path), guard ?? content, {
      ...{ contentLength, ifMatch, ifNoneMatch, signal },
      headers: {
        ...(digest && { 'oc-checksum': checksumText(digest) }),
        ...(modifiedAt !== undefined && { 'x-oc-mtime': String(modifiedAt) }),
      },
    })
    return stored.status
  } catch (error) {
    throw refusalOf(broken instanceof AppError ? broken : error)
  }
}

/** What Nextcloud means by its answers to PUT: no folder to put it in, or a folder where it should be. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof AppError)) return error
  if (error.code === 'not_found') return parentNotFound(error)
  return error.code === 'parent_not_found' ? isFolder(error) : error
}

const parentNotFound = (cause: unknown) =>
  new AppError('conflict', 'parent_not_found', 'The folder in which this should be does not exist; make it first.', {
    cause,
  })

const isFolder = (cause?: unknown) =>
  new AppError('conflict', 'drive.is_folder', 'There is a folder of this name; choose another name.', { cause })
