import type { Tx } from '#platform/database/database.ts'
import type { MailEvent } from '../events.ts'
import { accountStore } from './account-store.ts'
import type { AccountKey } from './folder-store.ts'

/** Counts the first listing of an account: stored with each batch, told at most once a second. */
export function createProgressReport(key: AccountKey, now: () => number = Date.now) {
  let done = 0
  let total = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    /** Begins a listing with what is stored already and what the server says there is. */
    start(stored: number, onServer: number): void {
      done = stored
      total = Math.max(stored, onServer)
    },
    async add(tx: Tx, count: number): Promise<MailEvent[]> {
      done = Math.min(done + count, Math.max(total, done))
      total = Math.max(done, total)
      await accountStore.setProgress(tx, key.ownerId, key.mailAccountId, { done, total })
      if (now() - toldAt < 1000 && done < total) return []
      toldAt = now()
      const data = { mail_account_id: key.mailAccountId, messages_done: done, messages_total: total }
      return [{ type: 'mail.account_sync_progressed', data }]
    },
  }
}

export type ProgressReport = ReturnType<typeof createProgressReport>
