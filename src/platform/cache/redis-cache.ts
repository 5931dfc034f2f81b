import { Redis } from 'ioredis'
import type { Logger } from '#platform/observability/log.ts'
import type { Cache } from './cache.ts'

const keyPrefix = 'ulti:'

/**
 * The cache on KeyDB or any Redis-protocol server; commands of Redis 6.2 and older only. Starts without a server and
 * reconnects for ever; while it is away reads are empty and writes are dropped.
 */
export function createRedisCache(url: string, log: Logger): Cache {
  const options = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 500, keyPrefix }
  const commands = new Redis(url, { ...options, retryStrategy })
  // A subscription is queued while the server is away and made anew after each reconnect.
  const subscriber = new Redis(url, { maxRetriesPerRequest: null, retryStrategy })
  const listeners = new Map<string, Set<(message: string) => void>>()
  reportAbsence(commands, log)
  subscriber.on('error', (error) => log.debug({ err: error }, 'cache unreachable'))
  subscriber.on('message', (channel, message) => {
    for (const listener of listeners.get(channel) ?? []) listener(message)
  })
  return {
    get: async (key) => (await commands.get(key).catch(() => null)) ?? undefined,
    set: async (key, value, ttlSeconds) => {
      await commands.set(key, value, 'EX', ttlSeconds).catch(() => null)
    },
    delete: async (key) => {
      await commands.del(key).catch(() => 0)
    },
    deleteNaming: async (id) => {
      // The pattern is given as it is: only names of keys are given the prefix.
      const stream = commands.scanStream({ match: `${keyPrefix}*${id}*`, count: 1000 })
      try {
        for await (const keys of stream as AsyncIterable<string[]>) {
          for (const key of keys) await commands.del(key.slice(keyPrefix.length))
        }
      } catch (error) {
        log.debug({ err: error }, 'keys of the cache could not be looked through')
      }
    },
    take: async (key) => (await commands.getdel(key).catch(() => null)) ?? undefined,
    add: async (key, amount, ttlSeconds) => {
      const answer = await commands
        .multi()
        .incrby(key, amount)
        .expire(key, ttlSeconds)
        .exec()
        .catch(() => null)
      const total = answer?.[0]?.[1]
      return typeof total === 'number' ? total : undefined
    },
    publish: (channel, message) => {
      commands.publish(channel, message).catch(() => 0)
    },
    subscribe(channel, listener) {
      const present = listeners.get(channel)
      if (present) present.add(listener)
      else {
        listeners.set(channel, new Set([listener]))
        subscriber.subscribe(channel).catch(() => 0)
      }
      return () => {
        const remaining = listeners.get(channel)
        if (!remaining?.delete(listener) || remaining.size > 0) return
        listeners.delete(channel)
        subscriber.unsubscribe(channel).catch(() => 0)
      }
    },
    check: async () => {
      await commands.ping()
    },
    close: async () => {
      commands.disconnect()
      subscriber.disconnect()
    },
  }
}

/** One line when the server goes and one when it is back, not one for each attempt. */
function reportAbsence(client: Redis, log: Logger): void {
  let isAway = false
  client.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, 'the cache is away: everything goes on, more slowly')
    isAway = true
  })
  client.on('ready', () => {
    if (isAway) log.info('the cache is back')
    isAway = false
  })
}

const retryStrategy = (attempt: number) => Math.min(attempt * 100, 2000)
