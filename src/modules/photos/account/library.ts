import type { Immich, ImmichSession } from '#integrations/immich/immich-client.ts'
import type { ImmichDialect } from '#integrations/immich/immich-dialect.ts'
import { keyRefused } from '#integrations/immich/immich-errors.ts'
import { createShortMemory } from '#platform/auth/short-memory.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { KeyRing } from '#platform/secrets/key-ring.ts'
import type { AccountMaking } from './account-making.ts'
import { sealedKeys, accountStore as store } from './account-store.ts'

/** Somebody's photos: Immich as this person, and how its version is spoken to. */
export type Library = { immich: ImmichSession; dialect: ImmichDialect; userId: string }
export type Libraries = ReturnType<typeof createLibraries>

type Access = { key: string; userId: string }

const rememberedMs = 60_000

/** Everybody's way to their photos; the only place where keys are opened. */
export function createLibraries(deps: {
  database: Database
  keyRing: KeyRing
  immich: Immich
  /** Undefined where people bring their keys. */
  making: AccountMaking | undefined
}) {
  const { database, keyRing, immich, making } = deps
  const known = createShortMemory<Access>(20_000)
  const underWay = new Map<string, Promise<Access>>()

  async function read(ownerId: string): Promise<Access | undefined> {
    const row = await store.find(database, ownerId)
    if (!row) throw new Error('There is no such person.')
    if (row.apiKey === null || row.immichUserId === null) return undefined
    return { key: keyRing.decrypt(row.apiKey, sealedKeys.bindingOf(ownerId)), userId: row.immichUserId }
  }

  async function resolve(ownerId: string): Promise<Access> {
    const found = await read(ownerId)
    if (found) return found
    const row = await store.find(database, ownerId)
    if (!making || !row || row.origin === 'linked') throw linkRequired()
    await (row.immichUserId === null ? making.make(ownerId, row) : making.renew(ownerId, row))
    const made = await read(ownerId)
    if (!made) throw linkRequired()
    return made
  }

  /** The key that takes the place of one that Immich refused. */
  async function replace(ownerId: string, refused: string): Promise<Access> {
    known.delete(ownerId)
    const now = await read(ownerId)
    if (now && now.key !== refused) return now
    const row = await store.find(database, ownerId)
    if (!making || row?.origin !== 'created') throw keyRefused()
    await making.renew(ownerId, row)
    return resolve(ownerId)
  }

  /** Of several requests of one person at once, one looks. */
  function shared(ownerId: string, look: () => Promise<Access>): Promise<Access> {
    const waiting = underWay.get(ownerId)
    if (waiting) return waiting
    const looking = look().finally(() => underWay.delete(ownerId))
    underWay.set(ownerId, looking)
    return looking
  }

  async function accessOf(ownerId: string): Promise<Access> {
    const remembered = known.get(ownerId)
    if (remembered) return remembered
    const access = await shared(ownerId, () => resolve(ownerId))
    known.set(ownerId, access, Date.now() + rememberedMs)
    return access
  }

  async function of(ownerId: string): Promise<Library> {
    const dialect = await immich.dialect()
    const access = await accessOf(ownerId)
    const session = immich.as(async ({ isStale }) => {
      const { key } = isStale ? await shared(ownerId, () => replace(ownerId, access.key)) : access
      return { 'x-api-key': key }
    })
    return { immich: session, dialect, userId: access.userId }
  }

  return {
    /**
     * At the first time the account is made, where ultid makes them.
     * @throws AppError `photos.link_required`, `photos.account_exists`, `photos.no_email`, `photos.misconfigured`,
     *   `photos.unsupported_version`, `upstream_unavailable`, `upstream_timeout`
     */
    of,

    /** The same for who has an account already; undefined for others, who get none by this. */
    async ofKnown(ownerId: string): Promise<Library | undefined> {
      return known.get(ownerId) || (await read(ownerId)) ? of(ownerId) : undefined
    },
    forget: (ownerId: string): void => void known.delete(ownerId),
  }
}

const linkRequired = () =>
  new AppError(
    'conflict',
    'photos.link_required',
    'Link your account at Immich first: make an API key there and send it by PUT /api/v1/photos/account.',
  )
