import type { Cache } from '#platform/cache/cache.ts'

/** The channel on which every node tells which credentials ended. */
const channel = 'auth.ended'

/** A session or personal token that ended; null stands for all access tokens that the person has had so far. */
export type Ending = { ownerId: string; credentialId: string | null }

export type Endings = ReturnType<typeof createEndings>

/**
 * Spreads the word that credentials ended: at once on this node, where it may be heard twice, and over the cache's bus
 * to all others, where it may be lost.
 */
export function createEndings(cache: Cache) {
  const listeners = new Set<(ending: Ending) => void>()
  const tell = (ending: Ending) => {
    for (const listener of listeners) listener(ending)
  }
  cache.subscribe(channel, (message) => tell(JSON.parse(message) as Ending))
  return {
    announce(ending: Ending): void {
      tell(ending)
      cache.publish(channel, JSON.stringify(ending))
    },
    listen: (listener: (ending: Ending) => void): void => void listeners.add(listener),
  }
}

/** Whether `ending` is about the credential that `holder` came with. */
export const isEnded = (ending: Ending, holder: { ownerId: string; credentialId: string | null }): boolean =>
  ending.ownerId === holder.ownerId && ending.credentialId === holder.credentialId
