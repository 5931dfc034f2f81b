import type { Readable } from 'node:stream'
import { type DavPath, davPath } from '#integrations/dav/dav-path.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Changes } from '../changes/changes.ts'
import { alreadyExists, freeName } from '../changes/conflict.ts'
import type { Journal } from '../changes/journal.ts'
import { childOf, type DrivePath, filesPath, nameOf, parentOf } from '../drive-path.ts'
import { assembleUpload } from './assembly.ts'
import { sourceOf, storeInPieces } from './pieces.ts'
import type { Wish } from './upload-metadata.ts'
import { uploadStore as store, type UploadRow } from './upload-store.ts'

const maxOpen = 500
/** Nextcloud numbers 10,000 pieces; what breaks off in the middle of one still counts. */
const minPieceBytes = 32 * 1024 * 1024
const maxWholePieces = 5000
/** Nextcloud throws away pieces that nobody touched for a day. */
export const lifetimeHours = 23

export type Uploads = ReturnType<typeof createUploads>

/**
 * Files that come in as many requests as it takes. Bytes go to Nextcloud as they come; a row says how many of them lie
 * there, so that any node can go on.
 */
export function createUploads(deps: { database: Database; nextcloud: Nextcloud; changes: Changes; journal: Journal }) {
  const { database, nextcloud, changes } = deps
  const folderOf = (uid: string, id: string): DavPath => davPath('uploads', uid, id)

  async function find(ownerId: string, id: string): Promise<UploadRow> {
    const row = await store.find(database, ownerId, id)
    if (!row) throw notFound('upload')
    return row
  }

  /** Found out before the bytes come, as far as that is possible. */
  async function freePath(ownerId: string, { path, conflict }: Wish): Promise<DrivePath> {
    const folder = parentOf(path)
    const names = await changes
      .namesLike(ownerId)(folder, '')
      .catch((error) => {
        throw error instanceof AppError && error.code === 'not_found' ? parentNotFound() : error
      })
    if (conflict === 'replace' || !names.includes(nameOf(path))) return path
    if (conflict === 'fail') throw alreadyExists()
    return childOf(folder, freeName(nameOf(path), new Set(names)))
  }

  /** All bytes lie there: makes the file of them, unless it was made. */
  async function assembled(ownerId: string, row: UploadRow): Promise<UploadRow> {
    if (row.state === 'finished' || row.received < row.size) return row
    if ((await store.take(database, ownerId, row.id, row.received)) !== undefined) {
      await assembleUpload(deps, ownerId, row)
    }
    return find(ownerId, row.id)
  }

  return {
    /** @throws AppError `already_exists`, `parent_not_found`, `drive.too_many_uploads` */
    async create(ownerId: string, id: string, upload: Wish & { size: number; metadata: string }): Promise<void> {
      if ((await store.countOpen(database, ownerId)) >= maxOpen) throw tooMany()
      const path = await freePath(ownerId, upload)
      const { dav, uid } = await nextcloud.as(ownerId)
      const destination = await dav.destinationOf(filesPath(uid, path))
      if (upload.size > 0) await dav.mkcol(folderOf(uid, id), { headers: { destination } })
      const { conflict, ifMatch, size, metadata, checksum, modifiedAt } = upload
      await store.insert(database, ownerId, { id, path, conflict, ifMatch, size, metadata, checksum, modifiedAt })
    },

    /** How far it is. One that lies there whole and became no file yet is made one. @throws AppError `not_found` */
    view: async (ownerId: string, id: string): Promise<UploadRow> => assembled(ownerId, await find(ownerId, id)),

    list: (ownerId: string, page: { before: string | undefined; limit: number }) => store.list(database, ownerId, page),

    /**
     * Takes bytes from `offset` on. What came before the client went away is kept.
     * @returns how many bytes there are now.
     * @throws AppError `drive.offset_mismatch`, `not_found`
     */
    async append(ownerId: string, id: string, offset: number, body: Readable): Promise<number> {
      const row = await find(ownerId, id)
      const epoch = await store.take(database, ownerId, id, offset)
      if (epoch === undefined) throw offsetMismatch()
      const { dav, uid } = await nextcloud.as(ownerId)
      const headers = {
        destination: await dav.destinationOf(filesPath(uid, row.path)),
        'oc-total-length': String(row.size),
      }
      const pieceBytes = Math.max(minPieceBytes, Math.ceil(row.size / maxWholePieces))
      const limits = { pieceBytes, maxBytes: row.size - offset }
      const source = sourceOf(body)
      try {
        const appended = await storeInPieces(source, limits, async (piece, sizeOf) => {
          const number = await store.nextPiece(database, ownerId, id, epoch)
          if (number === undefined) throw offsetMismatch()
          await dav.put(davPath('uploads', uid, id, String(number)), piece, { headers })
          if (!(await store.commit(database, ownerId, id, { epoch, number, size: sizeOf() }))) throw offsetMismatch()
        })
        return offset + appended
      } finally {
        source.leave()
      }
    },

    /** Makes the file of what came. @throws as `assembleUpload` */
    finish: async (ownerId: string, id: string): Promise<UploadRow> => assembled(ownerId, await find(ownerId, id)),

    /** @throws AppError `not_found` */
    async remove(ownerId: string, id: string): Promise<void> {
      const row = await find(ownerId, id)
      if (row.state === 'open' && row.size > 0) await discard(ownerId, id)
      await store.remove(database, ownerId, id)
    },

    /** Those of which nothing came for a day. */
    async removeExpired(): Promise<void> {
      for (const { ownerId, id, isOpen } of await store.expired(database, { hours: lifetimeHours, limit: 200 })) {
        if (isOpen) await discard(ownerId, id).catch(() => undefined)
        await store.remove(database, ownerId, id)
      }
    },
  }

  async function discard(ownerId: string, id: string): Promise<void> {
    const { dav, uid } = await nextcloud.as(ownerId)
    await dav.delete(folderOf(uid, id)).catch((error) => {
      if (!(error instanceof AppError) || error.kind !== 'not_found') throw error
    })
  }
}

const offsetMismatch = () =>
  new AppError(
    'conflict',
    'drive.offset_mismatch',
    'The upload is at another place by now; ask by HEAD where, and go on from there.',
  )

const tooMany = () =>
  new AppError(
    'conflict',
    'drive.too_many_uploads',
    `You have ${maxOpen} uploads that are not finished; finish or delete some first.`,
  )

const parentNotFound = () =>
  new AppError('conflict', 'parent_not_found', 'The folder in which this should be does not exist; make it first.')
