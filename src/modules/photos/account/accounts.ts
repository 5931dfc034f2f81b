import type { Immich } from '#integrations/immich/immich-client.ts'
import { Me } from '#integrations/immich/immich-wire.ts'
import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { sealedKeys, accountStore as store } from './account-store.ts'
import type { Libraries } from './library.ts'

export type Accounts = ReturnType<typeof createAccounts>

/** Who somebody is at Immich, and the key that they link. */
export function createAccounts(deps: {
  database: Database
  transact: Transact
  keyRing: KeyRing
  immich: Immich
  libraries: Libraries
  isMadeHere: boolean
}) {
  const { database, transact, keyRing, immich, libraries, isMadeHere } = deps

  async function view(ownerId: string) {
    const row = await store.find(database, ownerId)
    const isReady = row?.apiKey !== null && row?.apiKey !== undefined
    return {
      state: isReady ? ('ready' as const) : isMadeHere ? ('made_at_first_use' as const) : ('link_required' as const),
      origin: isReady ? (row.origin as 'created' | 'linked') : null,
      email: isReady ? row.email : null,
      immich_version: (await immich.dialect()).version,
    }
  }

  return {
    view,

    /** @throws AppError `photos.key_invalid`, `photos.account_taken` */
    async link(ownerId: string, key: string, origin: RequestOrigin) {
      const me = await immich
        .withKey(key)
        .call(Me, 'GET', '/users/me')
        .catch((error) => {
          throw error instanceof AppError && error.code === 'photos.key_refused' ? keyInvalid() : error
        })
      const apiKey = keyRing.encrypt(key, sealedKeys.bindingOf(ownerId))
      const isLinked = await transact(async (tx) => {
        const linked = await store.link(tx, ownerId, { email: me.email, immichUserId: me.id, apiKey })
        if (!linked) return false
        await audit.record(tx, {
          ...{ ownerId, actorId: ownerId, action: 'photos.account_linked', target: me.id },
          ...{ outcome: 'success', origin },
        })
        return true
      })
      if (!isLinked) throw accountTaken()
      libraries.forget(ownerId)
      return view(ownerId)
    },

    /** Forgets a key that was linked; it stays good at Immich until it is deleted there. @throws AppError `not_found` */
    async unlink(ownerId: string, origin: RequestOrigin): Promise<void> {
      const isForgotten = await transact(async (tx) => {
        if (!(await store.unlink(tx, ownerId))) return false
        await audit.record(tx, {
          ...{ ownerId, actorId: ownerId, action: 'photos.account_unlinked' },
          ...{ outcome: 'success', origin },
        })
        return true
      })
      if (!isForgotten) throw notFound('linked account')
      libraries.forget(ownerId)
    },
  }
}

const keyInvalid = () =>
  new AppError('unprocessable', 'photos.key_invalid', 'Immich does not take this API key; copy it again from there.')

const accountTaken = () =>
  new AppError(
    'conflict',
    'photos.account_taken',
    'Somebody else has this account of Immich here; ask your administrator to sort this out.',
  )
