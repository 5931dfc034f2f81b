import type { Cache } from '#platform/cache/cache.ts'
import { type Database, onCommit, type Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import type { Logger } from '#platform/observability/log.ts'
import { settingStore as store } from './setting-store.ts'

const channel = 'settings.changed'
const everyMs = 5000

export type LiveSettings = ReturnType<typeof createLiveSettings>

/**
 * What administrators set while all nodes run. Each node holds a copy that it can be asked for at no cost: the word of a
 * change comes over the cache's bus, and where it is lost the copy is at most five seconds old.
 */
export function createLiveSettings({ database, cache, log }: { database: Database; cache: Cache; log: Logger }) {
  let values: ReadonlyMap<string, Json> = new Map()
  let timer: NodeJS.Timeout | undefined
  let reading: Promise<void> = Promise.resolve()
  /** One after the other: an older answer never takes the place of a newer one. */
  const read = (): Promise<void> => {
    reading = reading
      .catch(() => undefined)
      .then(async () => {
        values = await store.all(database)
      })
    return reading
  }
  const readQuietly = () => void read().catch((error) => log.warn({ err: error }, 'settings could not be read'))
  const unsubscribe = cache.subscribe(channel, readQuietly)

  return {
    /** As of a moment ago; undefined while it was never set. */
    get: (key: string): Json | undefined => values.get(key),
    /** As it is in the database at this moment. */
    read: (key: string): Promise<Json | undefined> => store.find(database, key),
    /** As it is now, for whoever changes it with `put` in the same transaction. */
    lock: (tx: Tx, key: string): Promise<Json | undefined> => store.lock(tx, key),
    async put(tx: Tx, key: string, value: Json): Promise<void> {
      await store.put(tx, key, value)
      onCommit(tx, () => {
        values = new Map([...values, [key, value]])
        readQuietly()
        cache.publish(channel, key)
      })
    },
    async start(): Promise<void> {
      await read()
      timer = setInterval(readQuietly, everyMs)
      timer.unref()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      unsubscribe()
      await reading.catch(() => undefined)
    },
  }
}
