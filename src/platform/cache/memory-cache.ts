import { EventEmitter } from 'node:events'
import type { Cache } from './cache.ts'

const maxEntries = 100_000

/** The cache of a single node, without any server. */
export function createMemoryCache(now: () => number = Date.now): Cache {
  const entries = new Map<string, { value: string; expiresAt: number }>()
  const bus = new EventEmitter().setMaxListeners(0)
  // EventEmitter throws for an "error" that nobody listens to; no channel of ours is special.
  const nameOf = (channel: string) => `channel ${channel}`
  return {
    async get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry.expiresAt > now()) return entry.value
      entries.delete(key)
    },
    async set(key, value, ttlSeconds) {
      entries.delete(key)
      entries.set(key, { value, expiresAt: now() + ttlSeconds * 1000 })
      const oldest = entries.keys().next().value
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
    },
    async delete(key) {
      entries.delete(key)
    },
    async deleteNaming(id) {
      for (const key of entries.keys()) if (key.includes(id)) entries.delete(key)
    },
    async take(key) {
      const entry = entries.get(key)
      entries.delete(key)
      return entry && entry.expiresAt > now() ? entry.value : undefined
    },
    async add(key, amount, ttlSeconds) {
      const entry = entries.get(key)
      const isAlive = entry !== undefined && entry.expiresAt > now()
      const total = (isAlive ? Number(entry.value) : 0) + amount
      entries.set(key, { value: String(total), expiresAt: isAlive ? entry.expiresAt : now() + ttlSeconds * 1000 })
      return total
    },
    publish(channel, message) {
      setImmediate(() => bus.emit(nameOf(channel), message))
    },
    subscribe(channel, listener) {
      bus.on(nameOf(channel), listener)
      return () => bus.off(nameOf(channel), listener)
    },
    async check() {},
    async close() {
      bus.removeAllListeners()
      entries.clear()
    },
  }
}
