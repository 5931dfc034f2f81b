import type { HeldCredential } from '#platform/auth/credential-store.ts'
import { type Ending, type Endings, isEnded } from '#platform/auth/endings.ts'
import { type Closing, closings } from './closings.ts'

export const heartbeatSeconds = 30

/** `setTimeout` takes no more. What lasts longer is looked at again then. */
const maxDelayMs = 2 ** 31 - 1

export type Watched = {
  ownerId: string
  credentialId: string | null
  expiresAt: Date
  onHeartbeat(): void
  close(closing: Closing): void
}

/**
 * Ends the connections of this node with the token or session that they were opened with, and gives them a pulse. Of an
 * ending it hears at once; where the word was lost `inForce`, asked every minute, tells of it.
 */
export function createWatch(deps: {
  endings: Endings
  inForce: (held: readonly HeldCredential[]) => Promise<HeldCredential[]>
  askEveryMs?: number
}) {
  const { endings, inForce, askEveryMs = 60_000 } = deps
  const watchedOf = new Map<string, Set<Watched>>()
  let asking: NodeJS.Timeout | undefined
  let isAsking = false

  async function ask(): Promise<void> {
    if (isAsking) return
    isAsking = true
    try {
      const all = [...watchedOf.values()].flatMap((ofOwner) => [...ofOwner])
      const held = new Map(all.map((watched) => [keyOf(watched), watched]))
      const valid = new Set((await inForce([...held.values()])).map(keyOf))
      for (const watched of all) if (!valid.has(keyOf(watched))) watched.close(closings.sessionEnded)
    } catch {
      // The database is away; the next turn asks again.
    } finally {
      isAsking = false
    }
  }

  endings.listen((ending: Ending) => {
    for (const watched of watchedOf.get(ending.ownerId) ?? []) {
      if (isEnded(ending, watched)) watched.close(closings.sessionEnded)
    }
  })
  return {
    /** @returns a function that ends the watch. */
    begin(watched: Watched): () => void {
      const { ownerId, expiresAt } = watched
      const ofOwner = watchedOf.get(ownerId) ?? new Set()
      watchedOf.set(ownerId, ofOwner.add(watched))
      asking ??= setInterval(ask, askEveryMs)
      const heartbeat = setInterval(() => watched.onHeartbeat(), heartbeatSeconds * 1000)
      const delay = Math.min(Math.max(expiresAt.getTime() - Date.now(), 0), maxDelayMs)
      const expiry = setTimeout(() => watched.close(closings.tokenExpired), delay)
      return () => {
        clearInterval(heartbeat)
        clearTimeout(expiry)
        ofOwner.delete(watched)
        if (ofOwner.size === 0 && watchedOf.get(ownerId) === ofOwner) watchedOf.delete(ownerId)
        if (watchedOf.size > 0) return
        clearInterval(asking)
        asking = undefined
      }
    },
  }
}

const keyOf = ({ ownerId, credentialId }: HeldCredential): string => `${ownerId} ${credentialId}`

export type Watch = ReturnType<typeof createWatch>
