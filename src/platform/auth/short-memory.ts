/**
 * What this process remembers for a short while, at most `maxEntries` of it, the oldest forgotten first. `now` gives
 * milliseconds.
 */
export function createShortMemory<T>(maxEntries: number, now: () => number = () => Date.now()) {
  const entries = new Map<string, { value: T; until: number }>()
  return {
    get(key: string): T | undefined {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (entry.until > now()) return entry.value
      entries.delete(key)
      return undefined
    },
    /** @param until in milliseconds since the epoch. */
    set(key: string, value: T, until: number): void {
      entries.delete(key)
      const oldest = entries.keys().next().value
      if (entries.size >= maxEntries && oldest !== undefined) entries.delete(oldest)
      entries.set(key, { value, until })
    },
    delete: (key: string): boolean => entries.delete(key),
    /** Forgets everything of which `isMeant` is true. */
    forget(isMeant: (value: T) => boolean): void {
      for (const [key, { value }] of entries) if (isMeant(value)) entries.delete(key)
    },
  }
}
