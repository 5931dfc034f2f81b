import type { Cache } from '#platform/cache/cache.ts'
import type { Database } from '#platform/database/database.ts'
import type { Endings } from './endings.ts'
import { sessionStore as store } from './session-store.ts'
import { createShortMemory } from './short-memory.ts'

/** What is needed to let a session in; times in milliseconds since the epoch. Holds no secret. */
export type SessionRecord = {
  ownerId: string
  secretHash: string
  seenAt: number
  expiresAt: number
  /** When the issuer is to be asked again; null when it cannot be. */
  refreshAt: number | null
  email: string | null
  displayName: string | null
  groups: string[]
}

const rememberedMs = 800
const cachedSeconds = 30

/**
 * Sessions by id: remembered for a moment here, for half a minute in the shared cache, kept in the database. A session
 * that ended stays out on every node that heard of it, even when a slower node puts an old record into the cache.
 */
export function createSessionRecords(deps: { database: Database; cache: Cache; endings: Endings }) {
  const { database, cache } = deps
  const remembered = createShortMemory<SessionRecord>(20_000)
  const ended = createShortMemory<true>(20_000)
  deps.endings.listen(({ credentialId }) => {
    if (credentialId === null) return
    remembered.delete(credentialId)
    ended.set(credentialId, true, Date.now() + 2 * cachedSeconds * 1000)
  })

  async function put(id: string, record: SessionRecord): Promise<void> {
    remembered.set(id, record, Date.now() + rememberedMs)
    await cache.set(keyOf(id), JSON.stringify(record), cachedSeconds)
  }

  return {
    async find(ownerId: string, id: string): Promise<SessionRecord | undefined> {
      if (ended.get(id)) return undefined
      const known = remembered.get(id)
      if (known) return known
      const cached = await cache.get(keyOf(id))
      if (cached !== undefined) {
        const record = JSON.parse(cached) as SessionRecord
        remembered.set(id, record, Date.now() + rememberedMs)
        return ended.get(id) ? undefined : record
      }
      const row = await store.find(database, ownerId, id)
      if (!row || ended.get(id)) return undefined
      const record = toRecord(ownerId, row)
      await put(id, record)
      return record
    },
    put,
    /** After a change: the next reader asks the database. */
    async drop(id: string): Promise<void> {
      remembered.delete(id)
      await cache.delete(keyOf(id))
    },
  }
}

const keyOf = (id: string) => `session:${id}`

const toRecord = (ownerId: string, row: NonNullable<Awaited<ReturnType<typeof store.find>>>): SessionRecord => ({
  ownerId,
  secretHash: row.secret_hash.toString('base64'),
  seenAt: row.seen_at.getTime(),
  expiresAt: row.expires_at.getTime(),
  refreshAt: row.refresh_at?.getTime() ?? null,
  email: row.email,
  displayName: row.display_name,
  groups: row.groups,
})
