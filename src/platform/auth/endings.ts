import type { Cache } from '#platform/cache/cache.ts'

/** The channel on which every node tells which credentials ended. */
const channel = 'auth.ended'

/** A session or personal token that ended; null stands for all access tokens that the person has had so far. */
export type Ending = { ownerId: string; credentialId: string | null }

export type Endings = ReturnType<typeof createEndings>

/** Spreads the word that credentials ended to all nodes, this one included. It may be lost with the cache. */
export function createEndings(cache: Cache) {
  return {
    announce: (ending: Ending): void => cache.publish(channel, JSON.stringify(ending)),
    /** @returns a function that ends the subscription. */
    listen: (listener: (ending: Ending) => void) =>
      cache.subscribe(channel, (message) => listener(JSON.parse(message) as Ending)),
  }
}

/** Whether `ending` is about the credential that `holder` came with. */
export const isEnded = (ending: Ending, holder: { ownerId: string; credentialId: string | null }): boolean =>
  ending.ownerId === holder.ownerId && ending.credentialId === holder.credentialId
