import { textOf } from '#integrations/dav/multistatus.ts'
import type { Nextcloud } from '#integrations/nextcloud/nextcloud-client.ts'
import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { filesPath, rootPath } from '../drive-path.ts'
import { listingStore as store } from './listing-store.ts'
import type { Listings } from './listings.ts'

const everySeconds = 5
/** Who has not looked at their files for so long is asked about when they do again. */
const idleSeconds = 300
/** Owners asked about in one turn, and at once. */
const perTurn = 100
const width = 4

/**
 * Asks Nextcloud now and then whether anything is new of those who are looking at their files: one request each, so that
 * they see what was changed elsewhere without having to wait for it.
 */
export function createPolling(deps: {
  database: Database
  nextcloud: Nextcloud
  listings: Listings
  log: Logger
}): Sweep {
  const { database, nextcloud, listings, log } = deps

  async function ask(ownerId: string, generation: number): Promise<void> {
    const { dav, uid } = await nextcloud.as(ownerId)
    const top = await dav.stat(filesPath(uid, rootPath), ['d:getetag'])
    await listings.noteRoot(ownerId, { etag: textOf(top, 'd:getetag') ?? '', generation })
  }

  return {
    name: 'drive-polling',
    everySeconds,
    async run() {
      const due = await store.claimActive(database, { idleSeconds, askedSeconds: everySeconds - 1, limit: perTurn })
      const waiting = due.values()
      const work = async () => {
        for (const { ownerId, generation } of waiting) {
          // The next turn asks again, and so does whoever reads.
          await ask(ownerId, generation).catch((error) =>
            log.debug({ err: error }, 'an owner could not be asked about'),
          )
        }
      }
      await Promise.all(Array.from({ length: width }, work))
    },
  }
}
