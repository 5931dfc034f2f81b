import { join } from 'node:path'
import type { Part } from '../part.ts'
import { shareApi } from '../share-api.ts'
import { openBlobs } from './blobs.ts'
import { createFileMethods } from './file-methods.ts'
import { createFileStore } from './file-store.ts'
import { createLinkMethods } from './link-files.ts'
import { ownFiles } from './own-files.ts'
import { createSearch } from './search-methods.ts'
import { openShares } from './shares.ts'
import { createTrashMethods } from './trash-methods.ts'
import { openTree } from './tree.ts'
import { openUploadMethods } from './upload-methods.ts'
import { createVersionMethods } from './version-methods.ts'
import { openVersions } from './versions.ts'

/** Files, their trash, versions, uploads and shares. */
export const openFiles = (async (context) => {
  const { records, people, now, stateDir, url } = context
  const tree = await openTree(records, now)
  const shares = await openShares(records, { tree, groupsOf: (uid) => people.find(uid)?.groups ?? [], now })
  const versions = await openVersions(records)
  const blobs = await openBlobs(join(stateDir, 'blobs'))
  const view = { people, tree, shares }
  const deps = { ...view, blobs, versions, store: createFileStore({ ...view, blobs, versions }) }
  return {
    mounts: {
      '': createSearch(view),
      files: createFileMethods(deps, ownFiles(shares)),
      trashbin: createTrashMethods(deps),
      versions: createVersionMethods(deps),
      uploads: await openUploadMethods(records, deps),
    },
    ocs: shareApi({ view, url }),
    linkMethods: createLinkMethods(deps),
    blobs,
    versions,
    tree,
    shares,
  }
}) satisfies Part
