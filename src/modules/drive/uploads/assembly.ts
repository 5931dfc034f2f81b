import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { davPath } from '#integrations/dav/dav-path.ts'
import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Changes } from '../changes/changes.ts'
import { alreadyExists, type ConflictPolicy, place } from '../changes/conflict.ts'
import { itemEvent, type Journal, statItem } from '../changes/journal.ts'
import { checksumMismatch, parseChecksum } from '../content/digest-guard.ts'
import { type DrivePath, filesPath, nameOf } from '../drive-path.ts'
import { uploadStore as store, type UploadRow } from './upload-store.ts'

type Deps = { database: Database; nextcloud: Nextcloud; changes: Changes; journal: Journal }

/**
 * Makes a file of the pieces that lie at Nextcloud. May be done again after it broke off in the middle: a file that is
 * there already is the one.
 * @throws AppError `checksum_mismatch`, `already_exists`, `etag_mismatch`, `parent_not_found`, `drive.upload_lost`
 */
export async function assembleUpload(deps: Deps, ownerId: string, row: UploadRow): Promise<void> {
  const person = await deps.nextcloud.as(ownerId)
  const at = await joined(deps, ownerId, person, row)
  const item = await statItem(person, at)
  await store.finish(deps.database, ownerId, row.id, item)
  await deps.journal.note(ownerId, { paths: [at], events: [itemEvent('drive.item_created', item)] })
}

async function joined({ changes }: Deps, ownerId: string, person: NextcloudPerson, row: UploadRow): Promise<DrivePath> {
  try {
    if (row.size > 0) await removeStrays(person, row)
    if (row.checksum !== null) await verify(person, row, row.checksum)
    return await place(row.path, row.conflict as ConflictPolicy, changes.namesLike(ownerId), (path, { overwrite }) =>
      join(person, row, path, { overwrite }),
    )
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    // The pieces are gone: they became the file, and the word of it was lost.
    const item = await statItem(person, row.path).catch(() => undefined)
    if (item?.size === row.size) return row.path
    throw lost(error)
  }
}

/** Pieces that were begun and not committed; Nextcloud would join them as well. */
async function removeStrays({ dav, uid }: NextcloudPerson, row: UploadRow): Promise<void> {
  if (row.next_piece === row.pieces.length + 1) return
  const committed = new Set(row.pieces.map(String))
  const folder = davPath('uploads', uid, row.id)
  const resources = await dav.propfind(folder, { depth: '1', props: ['d:getcontentlength'] })
  const strays = resources.map(({ path }) => nameOf(path)).filter((name) => /^\d+$/.test(name) && !committed.has(name))
  for (const stray of strays) await dav.delete(davPath('uploads', uid, row.id, stray))
}

/** Reads all of it again: no node has seen all of it, perhaps. */
async function verify({ dav, uid }: NextcloudPerson, row: UploadRow, checksum: string): Promise<void> {
  const digest = parseChecksum(checksum)
  if (!digest) return
  const hash = createHash(digest.algorithm)
  for (const piece of row.pieces.toSorted((one, other) => one - other)) {
    const { body } = await dav.get(davPath('uploads', uid, row.id, String(piece)))
    await feed(hash, body)
  }
  if (hash.digest('hex') !== digest.hex) throw checksumMismatch()
}

async function feed(hash: { update(bytes: Buffer): unknown }, body: Readable): Promise<void> {
  for await (const chunk of body as AsyncIterable<Buffer>) hash.update(chunk)
}

async function join(
  { dav, uid }: NextcloudPerson,
  row: UploadRow,
  path: DrivePath,
  { overwrite }: { overwrite: boolean },
): Promise<void> {
  const destination = filesPath(uid, path)
  const { if_match: ifMatch, modified_at: modifiedAt } = row
  const headers = {
    'oc-total-length': String(row.size),
    ...(row.checksum !== null && { 'oc-checksum': row.checksum }),
    ...(modifiedAt !== null && { 'x-oc-mtime': String(modifiedAt) }),
  }
  try {
    // There are no pieces of nothing.
    if (row.size === 0) {
      await dav.put(destination, '', {
        headers,
        ...(ifMatch !== null ? { ifMatch } : overwrite ? {} : { ifNoneMatch: '*' }),
      })
      return
    }
    // If-None-Match is held against the pieces and never met; Overwrite says it for what is there (RFC 4918 §10.4, §10.6).
    const condition = ifMatch === null ? {} : { if: `<${await dav.destinationOf(destination)}> ([${ifMatch}])` }
    const pieces = davPath('uploads', uid, row.id, '.file')
    await dav.move(pieces, destination, {
      overwrite: overwrite || ifMatch !== null,
      headers: { ...headers, ...condition },
    })
  } catch (error) {
    const isTaken = error instanceof AppError && error.code === 'etag_mismatch' && ifMatch === null && !overwrite
    throw isTaken ? alreadyExists() : error
  }
}

const lost = (cause: unknown) =>
  new AppError(
    'conflict',
    'drive.upload_lost',
    'Nextcloud has thrown away what came of this upload, as it does after a day; begin anew.',
    { cause },
  )
