import { textOf } from '#integrations/dav/multistatus.ts'
import type { Nextcloud, NextcloudPerson } from '#integrations/nextcloud/nextcloud-client.ts'
import type { ContentSource, SearchIndex } from '#modules/search/index.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { enqueue, handleJob, jobName, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Contents } from '../content/contents.ts'
import { childOf, type DrivePath, filesPath, fromFilesPath, nameOf, rootPath } from '../drive-path.ts'
import { type Entry, entryOf, entryProps } from '../items/item.ts'
import { type GoneItem, indexedStore as store } from './indexed-store.ts'
import { itemDocument } from './item-document.ts'

const indexFiles = jobName<{ ownerId: string }>('drive.index_files')

/** Folders that one job looks at; then others have their turn. */
const foldersPerJob = 200
const everySeconds = 10

export type IndexingDeps = {
  database: Database
  transact: Transact
  nextcloud: Nextcloud
  searchIndex: SearchIndex
  log: Logger
}

/**
 * Keeps search in step with people's files. The ETag of a folder changes with anything below it: only folders are listed
 * whose ETag is another than the one under which all below them was indexed.
 */
export function createIndexing({ database, transact, nextcloud, searchIndex, log }: IndexingDeps) {
  const wake = (tx: Tx | Database, ownerId: string) =>
    enqueue(tx, indexFiles, { ownerId }, { key: `drive-index-${ownerId}` })

  async function remove(tx: Tx, ownerId: string, gone: readonly GoneItem[]): Promise<void> {
    for (const [type, items] of Map.groupBy(gone, (item) => item.type)) {
      await searchIndex.remove(
        tx,
        ownerId,
        type,
        items.map(({ id }) => id),
      )
    }
  }

  /** @returns whether all below is in the index now. */
  async function indexFolder(walk: Walk, path: DrivePath): Promise<boolean> {
    if (walk.left === 0) return false
    walk.left--
    const { ownerId } = walk
    const listing = await listed(walk.person, path)
    // It went while others were looked at: so its parent changes, and is looked at again.
    if (!listing) return false
    const { folder, entries } = listing
    await transact(async (tx) => {
      const changed = await store.note(tx, ownerId, path, entries)
      await searchIndex.put(
        tx,
        changed.map((entry) => itemDocument(ownerId, { path, fileId: folder.fileId }, entry)),
      )
    })
    if (!(await indexBelow(walk, path, entries))) return false
    await transact(async (tx) => remove(tx, ownerId, await store.complete(tx, ownerId, path, folder.etag, entries)))
    return true
  }

  async function indexBelow(walk: Walk, path: DrivePath, entries: readonly Entry[]): Promise<boolean> {
    const folders = entries
      .filter(({ isFolder }) => isFolder)
      .map((entry) => ({ ...entry, path: childOf(path, entry.name) }))
    const etags = await store.etags(
      database,
      walk.ownerId,
      folders.map((folder) => folder.path),
    )
    let isWhole = true
    for (const folder of folders) {
      if (etags.get(folder.path) === folder.etag) continue
      if (!(await indexFolder(walk, folder.path))) isWhole = false
    }
    return isWhole
  }

  const sweep: Sweep = {
    name: 'drive-indexing',
    everySeconds,
    async run() {
      for (const ownerId of await store.outdatedOwners(database, 50)) await wake(database, ownerId)
    },
  }
  const job = handleJob(indexFiles, async ({ ownerId }) => {
    const walk = { ownerId, person: await nextcloud.as(ownerId), left: foldersPerJob }
    const isWhole = await indexFolder(walk, rootPath)
    log.debug({ isWhole, folders: foldersPerJob - walk.left }, 'files were indexed')
    if (walk.left === 0) await wake(database, ownerId)
  })

  return {
    jobs: [job],
    sweeps: [sweep],
    /** What was taken away through ultid is found no longer; the rest follows soon. To be called in its transaction. */
    async noteGone(tx: Tx, ownerId: string, items: readonly { path: DrivePath; fileId: number }[]): Promise<void> {
      for (const { path, fileId } of items) await remove(tx, ownerId, await store.forget(tx, ownerId, path, fileId))
    },
  }
}

export type Indexing = ReturnType<typeof createIndexing>
type Walk = { ownerId: string; person: NextcloudPerson; left: number }

async function listed({ dav, uid }: NextcloudPerson, path: DrivePath) {
  const resources = await dav.propfind(filesPath(uid, path), { depth: '1', props: entryProps }).catch((error) => {
    if (error instanceof AppError && error.kind === 'not_found') return []
    throw error
  })
  let folder: { etag: string; fileId: number } | undefined
  const entries: Entry[] = []
  for (const resource of resources) {
    const at = fromFilesPath(uid, resource.path)
    const entry = at === undefined ? undefined : entryOf(resource, nameOf(at))
    if (!entry || at === undefined) continue
    if (at === path) folder = { etag: textOf(resource, 'd:getetag') ?? '', fileId: entry.fileId }
    else if (at === childOf(path, entry.name)) entries.push(entry)
  }
  return folder && { folder, entries }
}

/** Opens files, so that the text in them is found. */
export const driveContents = (database: Database, contents: Contents): ContentSource => ({
  types: ['drive.file'],
  async open(ownerId, id, signal) {
    const path = await store.placeOf(database, ownerId, id)
    if (path === undefined) return undefined
    const { content } = await contents.open(ownerId, path, { method: 'GET', headers: {}, signal })
    return content
  },
})
