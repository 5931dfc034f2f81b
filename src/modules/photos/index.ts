import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { PhotosConfig } from '#config/config.ts'
import { createImmich } from '#integrations/immich/immich-client.ts'
import { createCookies } from '#platform/auth/session-cookie.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { Metrics } from '#platform/observability/metrics.ts'
import type { Upstreams } from '#platform/observability/upstreams.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { SealedColumn } from '#platform/secrets/sealed-columns.ts'
import { createAccountMaking } from './account/account-making.ts'
import { accountRoutes } from './account/account-routes.ts'
import { sealedKeys, sealedPasswords } from './account/account-store.ts'
import { createAccounts } from './account/accounts.ts'
import { createLibraries } from './account/library.ts'
import { createPhotosPersonData } from './account/person-data.ts'
import { albumRoutes } from './albums/album-routes.ts'
import { createAlbums } from './albums/albums.ts'
import { assetRoutes } from './assets/asset-routes.ts'
import { createAssets } from './assets/assets.ts'
import { createCreatedOnce } from './created-once.ts'
import { discoveryRoutes } from './discovery/discovery-routes.ts'
import { createMemories } from './discovery/memories.ts'
import { createPlaces } from './discovery/places.ts'
import { createSearch } from './discovery/search.ts'
import { createPhotosSearchSource } from './finding/search-source.ts'
import { linkRoutes } from './links/link-routes.ts'
import { createLinks } from './links/links.ts'
import { sharedRoutes } from './links/shared-routes.ts'
import { createVisitors } from './links/visitors.ts'
import { createMedia } from './media/media.ts'
import { mediaRoutes } from './media/media-routes.ts'
import { createPeople } from './people/people.ts'
import { peopleRoutes } from './people/people-routes.ts'
import { createTimeline } from './timeline/timeline.ts'
import { timelineRoutes } from './timeline/timeline-routes.ts'
import type { DrivePhotos, MailAttachments } from './transfer/other-files.ts'
import { transferRoutes } from './transfer/transfer-routes.ts'
import { createTransfers } from './transfer/transfers.ts'
import { uploadRoutes } from './uploads/upload-routes.ts'
import { createUploads } from './uploads/uploads.ts'

export { createPhotosProbe, type PhotosProbe } from './account/photos-probe.ts'
export type { DrivePhotos, MailAttachments }

export type PhotosDeps = {
  database: Database
  transact: Transact
  keyRing: KeyRing
  metrics: Metrics
  upstreams: Upstreams
  log: Logger
  config: PhotosConfig & { publicUrl: string }
  /** Undefined where people bring keys of their own. */
  adminKey: string | undefined
  /** Undefined where the drive is switched off: nothing goes there and nothing comes from there. */
  drive: DrivePhotos | undefined
  mail: MailAttachments | undefined
}

/** Where this module keeps what the key ring sealed. */
export const sealedColumns: readonly SealedColumn[] = [sealedKeys, sealedPasswords]

/** Photos in Immich. */
export function createPhotosModule(deps: PhotosDeps) {
  const { adminKey, log } = deps
  const immich = createImmich(deps)
  const making = adminKey === undefined ? undefined : createAccountMaking({ ...deps, immich, adminKey })
  const libraries = createLibraries({ ...deps, immich, making })
  const accounts = createAccounts({ ...deps, immich, libraries, isMadeHere: making !== undefined })
  const createdOnce = createCreatedOnce(deps)
  const { publicUrl } = deps.config
  const assets = createAssets({ libraries })
  const media = createMedia({ libraries })
  const uploads = createUploads({ libraries })
  const timeline = createTimeline({ libraries })
  const search = createSearch({ libraries })
  const plugins = [
    accountRoutes(accounts),
    timelineRoutes(timeline),
    assetRoutes(assets),
    mediaRoutes(media, assets),
    uploadRoutes(uploads),
    albumRoutes(createAlbums({ libraries, createdOnce }), timeline),
    linkRoutes(createLinks({ libraries, createdOnce, publicUrl })),
    sharedRoutes(createVisitors({ immich, keyRing: deps.keyRing }), createCookies({ publicUrl })),
    peopleRoutes(createPeople({ libraries }), search),
    discoveryRoutes({
      libraries,
      search,
      places: createPlaces({ libraries }),
      memories: createMemories({ libraries }),
    }),
    transferRoutes(createTransfers({ ...deps, assets, media, uploads })),
  ]
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    for (const plugin of plugins) await http.register(plugin)
  }
  return {
    routes,
    searchSource: createPhotosSearchSource({ libraries }),
    /** For administration. */
    personData: createPhotosPersonData({ ...deps, immich, libraries }),
    check: immich.check,
    /** Looks which version runs there; an Immich that is away keeps nothing from starting and is asked again when needed. */
    start(): void {
      immich.dialect().then(
        ({ version }) => log.info({ version }, 'Immich answers'),
        (error) => log.warn({ err: error }, 'Immich is not ready'),
      )
    },
    close: immich.close,
  }
}
