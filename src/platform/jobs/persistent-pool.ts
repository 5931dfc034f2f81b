import type { Pool, PoolClient } from 'pg'
import { isConnectionLost } from '#platform/database/outage.ts'

/**
 * The pool as graphile-worker is to see it. What it does at the end of a job, taking it out of the queue or putting it
 * back, it tries again only after the failures that it takes for passing, and it lets nobody hear of any other: that
 * would end the process. A database that is away for a moment passes; both statements may be made twice.
 */
export function createPersistentPool(pool: Pool): { pool: Pool; settled(): Promise<void> } {
  const underWay = new Set<Promise<void>>()

  async function borrow(): Promise<PoolClient> {
    const returned = Promise.withResolvers<void>()
    underWay.add(returned.promise)
    const giveBack = () => {
      underWay.delete(returned.promise)
      returned.resolve()
    }
    try {
      const client = await pool.connect()
      const release = (...args: Parameters<PoolClient['release']>) => {
        client.release(...args)
        giveBack()
      }
      return withMethod(persistent(client), 'release', release)
    } catch (error) {
      giveBack()
      return askAgain(error)
    }
  }

  // Who listens for new jobs brings a callback, and sees to failures itself.
  const connect = (...args: Parameters<Pool['connect']>): unknown =>
    args.length > 0 ? pool.connect(...args) : borrow()
  return {
    pool: withMethod(pool, 'connect', connect as Pool['connect']),
    /** Resolves when what was asked of the database by now is answered: graphile-worker does not wait for it. */
    async settled(): Promise<void> {
      await Promise.all(underWay)
    },
  }
}

function persistent(client: PoolClient): PoolClient {
  const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
  const query = (...args: unknown[]) =>
    send(...args).catch((error) => {
      if (isConnectionLost(error)) askAgain(error)
      throw error
    })
  return withMethod(client, 'query', query as PoolClient['query'])
}

/** One of `RETRYABLE_ERROR_CODES` in graphile-worker's lib.ts: it tries again for hours, at first after three seconds. */
function askAgain(cause: unknown): never {
  throw Object.assign(new Error('The database does not answer.', { cause }), { code: 'EHOSTUNREACH' })
}

/** The same object, but for one of its methods. */
function withMethod<T extends object, Name extends keyof T>(object: T, name: Name, method: T[Name]): T {
  return new Proxy(object, {
    get(target, wanted) {
      if (wanted === name) return method
      const found = Reflect.get(target, wanted, target)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
}
