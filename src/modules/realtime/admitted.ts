import { type Endings, isEnded } from '#platform/auth/endings.ts'

export type Holder = { ownerId: string; credentialId: string | null }

/** Who holds the sockets of this node: when a credential ends, its sockets are closed. */
export function createAdmitted(endings: Endings) {
  const closersOf = new Map<string, Map<() => void, Holder>>()
  endings.listen((ending) => {
    for (const [close, holder] of closersOf.get(ending.ownerId) ?? []) if (isEnded(ending, holder)) close()
  })
  return {
    /** @returns a function that takes the socket out again. */
    add(holder: Holder, close: () => void): () => void {
      const closers = closersOf.get(holder.ownerId) ?? new Map<() => void, Holder>()
      closersOf.set(holder.ownerId, closers.set(close, holder))
      return () => {
        closers.delete(close)
        if (closers.size === 0 && closersOf.get(holder.ownerId) === closers) closersOf.delete(holder.ownerId)
      }
    },
  }
}

export type Admitted = ReturnType<typeof createAdmitted>
