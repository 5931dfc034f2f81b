import type { Database, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { appendMailEvents } from '../events.ts'
import { gaugesStore } from '../gauges-store.ts'
import type { OutboxActs } from '../outbox/outbox-acts.ts'
import { outboxStore } from '../outbox/outbox-store.ts'
import { mailOperationsStore as store } from './mail-operations-store.ts'
import { remedyFor } from './remedies.ts'

type Page = { before: string | undefined; limit: number }

/** Not synced for this long is late. */
const lateAfterSeconds = 900

/** Mail of everybody for those who operate it, without content. */
export function createMailOperations(deps: { database: Database; events: Events; outboxActs: OutboxActs }) {
  const { database, events, outboxActs } = deps
  return {
    figures: async () => ({
      accounts: await gaugesStore.accounts(database, lateAfterSeconds),
      outbox: await gaugesStore.outbox(database),
    }),

    async accountsInTrouble(page: Page) {
      const rows = await store.accounts(database, page)
      return rows.map((row) => ({ ...row, remedy: remedyFor(row.error_code) }))
    },

    outboxInTrouble: (page: Page) => store.outbox(database, page),

    /** @throws AppError `not_found`, `mail.nothing_to_retry`, `mail.outcome_unknown`. @returns the state that it had. */
    retry: (tx: Tx, ownerId: string, id: string): Promise<string> => outboxActs.retryWithin(tx, ownerId, id),

    /** Nobody gets it any more. @throws AppError `not_found`, `mail.already_sent`. @returns the state that it had. */
    async drop(tx: Tx, ownerId: string, id: string): Promise<string> {
      const row = await outboxStore.lock(tx, ownerId, id)
      if (!row) throw notFound('message in the outbox')
      if (row.state === 'transmitting' || row.state === 'sent') throw leaving()
      await outboxStore.delete(tx, ownerId, id)
      const data = { mail_account_id: row.mail_account_id, outbox_id: id }
      await appendMailEvents(events, tx, ownerId, [{ type: 'mail.outbox_deleted', data }])
      return row.state
    },
  }
}

const leaving = () =>
  new AppError('conflict', 'mail.already_sent', 'The message has left, or is leaving; it cannot be dropped.')
