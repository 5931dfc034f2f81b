import type { Cache } from '#platform/cache/cache.ts'

/** Why the node that syncs an account should look up from its IDLE. */
export type WakeReason = 'created' | 'deleted' | 'paused' | 'credentials' | 'changes' | 'sent' | 'released' | 'sync'

const channel = 'mail.wake'

/** Taps the node that holds an account's lease on the shoulder. A hint: that node also looks by itself. */
export function createWake(cache: Cache) {
  return {
    account: (mailAccountId: string, reason: WakeReason) => cache.publish(channel, `${mailAccountId} ${reason}`),
    listen: (listener: (mailAccountId: string, reason: WakeReason) => void) =>
      cache.subscribe(channel, (message) => {
        const [mailAccountId = '', reason] = message.split(' ')
        listener(mailAccountId, reason as WakeReason)
      }),
  }
}

export type Wake = ReturnType<typeof createWake>
