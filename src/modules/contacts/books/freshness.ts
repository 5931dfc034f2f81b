import { createAddressBooks } from '#integrations/dav/address-books.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import { homeOf } from '../contact/contact-path.ts'
import { personStore } from '../people/person-store.ts'
import { bookStore } from './book-store.ts'
import type { BookSync, Connection } from './book-sync.ts'
import { homeStore } from './home-store.ts'

/** While Nextcloud does not answer, what was read within a day is shown. */
const patienceMs = 86_400_000

/** People of one round; a round comes each minute. */
const refreshedAtOnce = 50

export type Freshness = ReturnType<typeof createFreshness>

/**
 * The way to somebody's address books, and how old what is kept of them may be: `cacheSeconds` while Nextcloud answers,
 * a day while it does not.
 */
export function createFreshness(deps: {
  nextcloud: Nextcloud
  database: Database
  sync: BookSync
  cacheSeconds: number
  log: Logger
}) {
  const { nextcloud, database, sync, cacheSeconds, log } = deps
  /** One comparison at a time for each person, of this node. */
  const running = new Map<string, Promise<void>>()
  const behind = new Set<Promise<void>>()
  /** When somebody's were last looked at behind an answer, of this node. */
  const looked = new Map<string, number>()

  async function connect(ownerId: string): Promise<Connection> {
    const { uid, dav } = await nextcloud.as(ownerId)
    const country = await personStore.country(database, ownerId)
    return { ownerId, user: uid, books: createAddressBooks(dav, homeOf(uid)), country }
  }

  function compare(connection: Connection): Promise<void> {
    const { ownerId } = connection
    const under = running.get(ownerId)
    if (under) return under
    const work = sync.run(connection).finally(() => running.delete(ownerId))
    running.set(ownerId, work)
    return work
  }

  async function ensure(connection: Connection): Promise<void> {
    await homeStore.noteUse(database, connection.ownerId)
    const checkedAt = await bookStore.checkedAt(database, connection.ownerId)
    const age = checkedAt ? Date.now() - checkedAt.getTime() : Number.POSITIVE_INFINITY
    if (age < cacheSeconds * 1000) return
    try {
      await compare(connection)
    } catch (error) {
      if (age > patienceMs || !isAway(error)) throw error
    }
  }

  return {
    connect,

    /** What somebody is called at Nextcloud: cheap, and known where they have ever been there. */
    userOf: async (ownerId: string): Promise<string> => (await nextcloud.as(ownerId)).uid,

    /** For those who show at once what is kept: compares in the background when it is too old. */
    refreshLater(ownerId: string): void {
      const now = Date.now()
      if (now - (looked.get(ownerId) ?? 0) < cacheSeconds * 1000) return
      if (looked.size > 10_000) looked.clear()
      looked.set(ownerId, now)
      const work = connect(ownerId)
        .then(ensure)
        .catch((error) => log.warn({ err: error, owner_id: ownerId }, 'contacts could not be compared with Nextcloud'))
        .finally(() => behind.delete(work))
      behind.add(work)
    },

    /** Waits for what runs in the background. */
    settle: async (): Promise<void> => void (await Promise.all(behind)),

    /** Compares the books of those who use them and were not looked at for a while; one who fails keeps no other from it. */
    async refreshStale(): Promise<void> {
      for (const ownerId of await homeStore.claimStale(database, refreshedAtOnce)) {
        await connect(ownerId)
          .then(compare)
          .catch((error) =>
            log.info({ err: error, owner_id: ownerId }, 'contacts could not be compared with Nextcloud'),
          )
      }
    },

    /** What is kept is fresh enough afterwards. @throws AppError where Nextcloud has never answered, or not for long. */
    ensure,

    /** Compares now, after a change: a comparison that began before it may not have seen it. */
    async compare(connection: Connection): Promise<void> {
      await running.get(connection.ownerId)?.catch(() => undefined)
      await compare(connection)
    },
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof AppError && ['upstream_unavailable', 'upstream_timeout', 'unavailable'].includes(error.kind)
