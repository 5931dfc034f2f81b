import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Nextcloud, NextcloudLinks } from '#integrations/nextcloud/nextcloud-client.ts'
import type { SearchIndex } from '#modules/search/index.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Objects } from '#platform/objects/objects.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { createBatches } from './changes/batches.ts'
import { changeRoutes } from './changes/change-routes.ts'
import { createChanges } from './changes/changes.ts'
import { createFavorites } from './changes/favorites.ts'
import { createJournal } from './changes/journal.ts'
import { archiveRoutes } from './content/archive-routes.ts'
import { createArchives } from './content/archives.ts'
import { contentRoutes } from './content/content-routes.ts'
import { createContents } from './content/contents.ts'
import { documentRoutes } from './documents/document-routes.ts'
import { createDocuments } from './documents/documents.ts'
import { createFiles } from './files.ts'
import { createIndexing, driveContents } from './indexing/indexing.ts'
import { itemRoutes } from './items/item-routes.ts'
import { createItems } from './items/items.ts'
import { listingStore } from './items/listing-store.ts'
import { createListings } from './items/listings.ts'
import { createPolling } from './items/polling.ts'
import { createLinkAccess } from './links/link-access.ts'
import { linkRoutes } from './links/link-routes.ts'
import { createLinks } from './links/links.ts'
import { previewRoutes } from './previews/preview-routes.ts'
import { createPreviews } from './previews/previews.ts'
import { findRoutes } from './search/find-routes.ts'
import { createFinds } from './search/finds.ts'
import { everybodyMay, type SharePolicy } from './shares/share.ts'
import { shareRoutes } from './shares/share-routes.ts'
import { createShares } from './shares/shares.ts'
import { createTrash } from './trash/trash.ts'
import { trashRoutes } from './trash/trash-routes.ts'
import { uploadRoutes } from './uploads/upload-routes.ts'
import { createUploads } from './uploads/uploads.ts'
import { versionRoutes } from './versions/version-routes.ts'
import { createVersions } from './versions/versions.ts'
import { driveWebhooks } from './webhooks.ts'

export type { DriveFiles } from './files.ts'
export type { SharePolicy } from './shares/share.ts'

export type DriveDeps = {
  database: Database
  transact: Transact
  events: Events
  log: Logger
  nextcloud: Nextcloud
  objects: Objects
  keyRing: KeyRing
  searchIndex: SearchIndex
  links: NextcloudLinks
  /** Where browsers reach ultid. */
  publicUrl: string
  /** Everybody may share with anybody by default. */
  policy?: SharePolicy
}

/** People's files, which lie in Nextcloud. */
export function createDriveModule(deps: DriveDeps) {
  const listings = createListings(deps)
  const indexing = createIndexing(deps)
  const journal = createJournal({ ...deps, indexing })
  const shared = { ...deps, listings, journal, items: createItems({ ...deps, listings }) }
  const changes = createChanges(shared)
  const contents = createContents(shared)
  const favorites = createFavorites(shared)
  const previews = createPreviews(shared)
  const { publicUrl, policy = everybodyMay } = deps
  const shares = createShares({ ...shared, policy })
  const access = createLinkAccess(deps)
  const uploads = createUploads({ ...shared, changes })
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(itemRoutes(shared.items))
    await http.register(changeRoutes({ ...deps, changes, favorites, batches: createBatches({ changes, favorites }) }))
    await http.register(contentRoutes(contents))
    await http.register(archiveRoutes(createArchives(shared)))
    await http.register(documentRoutes({ ...deps, documents: createDocuments({ contents, changes }) }))
    await http.register(uploadRoutes(uploads))
    await http.register(findRoutes({ ...deps, favorites, finds: createFinds(deps) }))
    await http.register(trashRoutes(createTrash(shared)))
    await http.register(versionRoutes(createVersions(shared)))
    await http.register(previewRoutes(previews))
    await http.register(shareRoutes({ ...deps, shares, publicUrl }))
    await http.register(linkRoutes({ links: createLinks({ ...deps, access }), access, publicUrl }))
  }
  const retention: Sweep = {
    name: 'drive-retention',
    everySeconds: 3600,
    async run() {
      await listingStore.removeUnread(deps.database)
      await previews.removeUnused()
      await uploads.removeExpired()
    },
  }
  return {
    routes,
    jobs: indexing.jobs,
    sweeps: [createPolling({ ...deps, listings }), retention, ...indexing.sweeps],
    contents: driveContents(deps.database, contents),
    webhooks: driveWebhooks,
    files: createFiles({ ...shared, contents, changes, shares, publicUrl }),
    objectReferences: [previews.references],
  }
}
