/** Why a sync should look up: what its server told over IDLE, or what somebody here did. */
export type WakeCause = 'inbox' | 'changes' | 'created' | 'sent' | 'sync'

/** Remembers causes until they are taken, and lets one reader wait for the next. */
export function createWakeBox() {
  const causes = new Set<WakeCause>()
  let notify: () => void = () => undefined
  return {
    put(cause: WakeCause): void {
      causes.add(cause)
      notify()
    },
    has: (cause: WakeCause) => causes.has(cause),
    /** True when `cause` was there; it is not any more. */
    take: (cause: WakeCause) => causes.delete(cause),

    /** Returns as soon as a cause of `among` is there, and at the latest after `milliseconds`. @throws when aborted. */
    async wait(milliseconds: number, signal: AbortSignal, among: readonly WakeCause[]): Promise<void> {
      signal.throwIfAborted()
      const woken = Promise.withResolvers<void>()
      const look = () => {
        if (among.some((cause) => causes.has(cause))) woken.resolve()
      }
      const abort = () => woken.reject(signal.reason)
      const timer = setTimeout(woken.resolve, Math.max(1, milliseconds))
      signal.addEventListener('abort', abort)
      notify = look
      look()
      try {
        await woken.promise
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        notify = () => undefined
      }
    },
  }
}

export type WakeBox = ReturnType<typeof createWakeBox>
