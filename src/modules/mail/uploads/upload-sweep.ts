import type { Database, Transact } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { ObjectReferences } from '#platform/objects/orphan-collection.ts'
import { blobStore } from './blob-store.ts'

const perRun = 1000

/** Removes files that no message uses any more, some of them in each run. */
export function unusedUploads(deps: { database: Database; transact: Transact; objects: Objects }): Sweep {
  const { database, transact, objects } = deps
  let after: Awaited<ReturnType<typeof blobStore.walk>>[number] | undefined
  return {
    name: 'mail.unused_uploads',
    everySeconds: 600,
    async run() {
      await blobStore.removeExpired(database, perRun)
      const keys = await blobStore.walk(database, after, perRun)
      after = keys.length === perRun ? keys.at(-1) : undefined
      const removed = await transact((tx) => blobStore.removeUnused(tx, keys))
      // What stays behind when this fails is an orphan, and collected as one.
      for (const object of removed) await objects.delete(object)
    },
  }
}

/** The object of a blob, `uploads/<owner>/<id>`, is in use as long as the blob is there. */
export const uploadObjects = (database: Database): ObjectReferences => ({
  prefix: 'uploads/',
  async isReferenced(keys) {
    const blobs = keys.map((object) => ({ ownerId: object.split('/')[1] ?? '', object }))
    return new Set(await blobStore.objectsOf(database, blobs))
  },
})
