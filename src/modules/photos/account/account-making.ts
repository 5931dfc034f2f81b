import { randomBytes } from 'node:crypto'
import type { Immich, ImmichSession } from '#integrations/immich/immich-client.ts'
import { keyPermissions, laterKeyPermissions } from '#integrations/immich/immich-dialect.ts'
import { Login, NewKey } from '#integrations/immich/immich-wire.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import { accountStore, type PhotosAccountRow, sealedKeys, sealedPasswords } from './account-store.ts'

export type AccountMaking = ReturnType<typeof createAccountMaking>

/**
 * Makes people's accounts at Immich, and a key for each. An administrator there cannot make keys for others, so ultid
 * gives the account a random password, signs in with it once and makes the key itself. The password is noted, sealed,
 * before anything is done: what broke off is gone on with, and an account in which it does not let anybody in is
 * somebody else's, whatever its address.
 */
export function createAccountMaking(deps: {
  database: Database
  keyRing: KeyRing
  immich: Immich
  adminKey: string
  log: Logger
}) {
  const { database, keyRing, immich, log } = deps
  const admin = immich.withKey(deps.adminKey)
  const newPassword = () => randomBytes(32).toString('base64url')
  const sealPassword = (ownerId: string, password: string) =>
    keyRing.encrypt(password, sealedPasswords.bindingOf(ownerId))

  /** @returns whether it was made just now. */
  async function makeUser(email: string, name: string, password: string): Promise<boolean> {
    const body = { email, name, password, shouldChangePassword: false, notify: false }
    try {
      await admin.tell('POST', '/admin/users', { body })
      return true
    } catch (error) {
      // Somebody has the address; signing in tells whether that is us.
      if (error instanceof AppError && error.kind === 'invalid') return false
      throw asMisconfigured(error)
    }
  }

  async function signIn(email: string, password: string) {
    const { accessToken, userId } = await immich.anybody.call(Login, 'POST', '/auth/login', {
      body: { email, password },
    })
    return { userId, session: immich.as(async () => ({ authorization: `Bearer ${accessToken}` })) }
  }

  async function makeKey(session: ImmichSession): Promise<{ id: string; secret: string }> {
    const make = (permissions: readonly string[]) =>
      session.call(NewKey, 'POST', '/api-keys', { body: { name: 'Ulti', permissions } })
    const { secret, apiKey } = await make([...keyPermissions, ...laterKeyPermissions]).catch((error) => {
      if (error instanceof AppError && error.kind === 'invalid') return make(keyPermissions)
      throw error
    })
    return { id: apiKey.id, secret }
  }

  /** Signs in, makes a key and keeps it; leaves no session behind. */
  async function keyed(ownerId: string, email: string, password: string): Promise<string | undefined> {
    const { userId, session } = await signIn(email, password)
    const key = await makeKey(session)
    const apiKey = keyRing.encrypt(key.secret, sealedKeys.bindingOf(ownerId))
    const isKept = await accountStore.complete(database, ownerId, { immichUserId: userId, apiKey })
    if (!isKept) await session.tell('DELETE', `/api-keys/${key.id}`)
    await session.tell('POST', '/auth/logout').catch((err) => log.warn({ err }, 'a session at Immich was left open'))
    return isKept ? key.secret : undefined
  }

  async function make(ownerId: string, person: PhotosAccountRow): Promise<string | undefined> {
    const wanted = person.email ?? person.personEmail
    if (wanted === null) throw noEmail()
    const begun = { email: wanted, password: sealPassword(ownerId, newPassword()) }
    await accountStore.begin(database, ownerId, begun)
    const row = await accountStore.find(database, ownerId)
    if (!row?.password || row.email === null) return undefined
    const password = keyRing.decrypt(row.password, sealedPasswords.bindingOf(ownerId))
    const isNew = await makeUser(row.email, person.personName ?? row.email, password)
    try {
      return await keyed(ownerId, row.email, password)
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (isNew) throw misconfigured(error)
      await accountStore.abandon(database, ownerId)
      throw accountExists(row.email)
    }
  }

  return {
    /**
     * Makes the owner's account, or goes on where it broke off. @returns the key; undefined when another request was
     * faster. @throws AppError `photos.no_email`, `photos.account_exists`, `photos.misconfigured`
     */
    make,

    /** Another key for an account of our own making whose key Immich no longer takes. */
    async renew(ownerId: string, person: PhotosAccountRow): Promise<string | undefined> {
      await accountStore.beginRenewal(database, ownerId, sealPassword(ownerId, newPassword()))
      const row = await accountStore.find(database, ownerId)
      if (!row?.password || row.email === null || !person.immichUserId) return undefined
      const password = keyRing.decrypt(row.password, sealedPasswords.bindingOf(ownerId))
      const body = { password, shouldChangePassword: false }
      const isThere = await admin.tell('PUT', `/admin/users/${person.immichUserId}`, { body }).then(
        () => true,
        (error) => {
          if (error instanceof AppError && error.kind === 'not_found') return false
          throw asMisconfigured(error)
        },
      )
      if (!isThere) {
        // An administrator of Immich deleted it.
        await accountStore.remove(database, ownerId)
        return make(ownerId, { ...person, email: null })
      }
      return keyed(ownerId, row.email, password).catch((error) => {
        throw isRefusal(error) ? misconfigured(error) : error
      })
    },
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && ['photos.key_refused', 'photos.permission_missing'].includes(error.code)

/** What Immich holds against the administrator's key is nothing that the person could put right. */
const asMisconfigured = (error: unknown): unknown => (isRefusal(error) ? misconfigured(error) : error)

const misconfigured = (cause: unknown) =>
  new AppError(
    'upstream_unavailable',
    'photos.misconfigured',
    'Immich does not let Ulti make accounts; tell your administrator, who can run "ultid doctor".',
    { cause },
  )

const noEmail = () =>
  new AppError(
    'conflict',
    'photos.no_email',
    'Immich knows people by their address, and your sign-in tells none; ask your administrator to add it.',
  )

const accountExists = (email: string) =>
  new AppError(
    'conflict',
    'photos.account_exists',
    `Immich has an account for ${email} that Ulti did not make; make an API key there and link it by PUT /api/v1/photos/account.`,
  )
