import type { ImapFlow } from 'imapflow'
import { profileOf } from '#integrations/imap/provider-profiles.ts'
import { type Database, onCommit, type Tx } from '#platform/database/database.ts'
import type { AccountFault } from './account-store.ts'
import type { AccountKey } from './folder-store.ts'
import { trafficStore } from './traffic-store.ts'

/** Bytes that may be fetched from a host for one account and day; infinite where there is no limit. */
export type DailyBytes = (host: string) => number

/** The limit that the operator set for every host, 0 for none, and what providers ask for. */
export const dailyBytesOf =
  (configured: number): DailyBytes =>
  (host) =>
    Math.min(configured || Number.POSITIVE_INFINITY, profileOf(host).dailyBytes)

export const dailyLimitFault: AccountFault = {
  code: 'mail.daily_limit_reached',
  message:
    'As much of this mailbox was fetched today as its provider allows. New mail still arrives; the rest follows after midnight (UTC).',
}

/**
 * Counts what the sync of one account fetches, where its server has a daily limit. Once it is spent, old mail and
 * bodies wait at the last checkpoint for the next day; new mail goes on, it is small.
 */
export function createTraffic({ database, key }: { database: Database; key: AccountKey }, dailyBytes: DailyBytes) {
  const counted = new WeakMap<ImapFlow, number>()
  let limit = Number.POSITIVE_INFINITY
  let spent = 0

  return {
    isSpent: () => spent >= limit,
    isLimited: () => limit < Number.POSITIVE_INFINITY,

    /** Whose limit holds from now on. */
    toHost(host: string): void {
      limit = dailyBytes(host)
    },

    /** Another day may have begun, another node may have fetched. */
    async refresh(): Promise<void> {
      if (limit < Number.POSITIVE_INFINITY) spent = await trafficStore.ofToday(database, key)
    },

    /** Adds what `client` received since it was last counted, in the transaction that stores it. */
    async count(tx: Tx, client: ImapFlow): Promise<void> {
      if (limit === Number.POSITIVE_INFINITY) return
      const { received } = client.stats()
      const sum = await trafficStore.add(tx, key, received - (counted.get(client) ?? 0))
      onCommit(tx, () => {
        counted.set(client, received)
        spent = sum
      })
    },
  }
}

export type Traffic = ReturnType<typeof createTraffic>
