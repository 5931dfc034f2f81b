import { Readable } from 'node:stream'
import type { Static } from 'typebox'
import type { Immich } from '#integrations/immich/immich-client.ts'
import { Found } from '#integrations/immich/immich-wire.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { presentAsset } from '../assets/asset-presentation.ts'
import { accountStore } from './account-store.ts'
import type { Libraries, Library } from './library.ts'

const pageSize = 1000

/**
 * What people have at Immich, for whoever puts everything of theirs together or ends it: the list of their pictures, and
 * the account that ultid made for them. One that somebody linked is their own, and stays when they go; only its key is
 * forgotten. Immich knows no account that is locked: who is suspended comes in by ultid and by the sign-in service no more,
 * and to delete an account there for a while would delete its pictures after some days.
 */
export function createPhotosPersonData(deps: {
  database: Database
  immich: Immich
  libraries: Libraries
  adminKey: string | undefined
}) {
  const { database, immich, libraries, adminKey } = deps
  return {
    name: 'photos',
    tables: ['photos_account'],
    async *files(personId: string, signal: AbortSignal) {
      const library = await libraries.ofKnown(personId)
      if (!library) return
      yield { path: 'assets.ndjson', open: async () => Readable.from(assetLines(library, signal)) }
    },
    async eraseOutside(personId: string): Promise<void> {
      const account = await accountStore.find(database, personId)
      libraries.forget(personId)
      if (adminKey === undefined || account?.origin !== 'created' || account.immichUserId === null) return
      await immich
        .withKey(adminKey)
        .tell('DELETE', `/admin/users/${account.immichUserId}`, { body: { force: true } })
        .catch((error) => {
          throw error instanceof AppError && error.code === 'photos.permission_missing' ? keyTooWeak(error) : error
        })
    },
  }
}

/** Pictures of the timeline, of the archive and of the trash, the newest first, each as the API shows it. */
async function* assetLines({ immich, userId }: Library, signal: AbortSignal): AsyncGenerator<string> {
  for (const visibility of ['timeline', 'archive']) {
    for (let page: number | undefined = 1; page !== undefined; ) {
      const body: Record<string, unknown> = {
        page,
        size: pageSize,
        visibility,
        withDeleted: true,
        withExif: true,
        withPeople: true,
      }
      const { assets }: Static<typeof Found> = await immich.call(Found, 'POST', '/search/metadata', { body, signal })
      for (const asset of assets.items) yield `${JSON.stringify(presentAsset(asset, userId))}\n`
      page = assets.nextPage ? Number(assets.nextPage) : undefined
    }
  }
}

const keyTooWeak = (cause: unknown) =>
  new AppError(
    'upstream_unavailable',
    'photos.misconfigured',
    'Immich does not let Ulti delete accounts: give the key in IMMICH_ADMIN_API_KEY the permission adminUser.delete.',
    { cause },
  )
