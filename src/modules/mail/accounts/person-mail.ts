import { type Database, onCommit, type Tx } from '#platform/database/database.ts'
import { mailboxStore } from '../mailboxes/mailbox-store.ts'
import type { Wake } from '../wake.ts'
import { type MailUsage, personMailStore as store } from './person-mail-store.ts'

/** A person's mail as a whole, for administration. */
export function createPersonMail({ database, wake }: { database: Database; wake: Wake }) {
  async function fenceAll(tx: Tx, ownerIds: readonly string[], reason: 'paused' | 'created'): Promise<void> {
    for (const ownerId of ownerIds) {
      const accounts = await store.fence(tx, ownerId)
      onCommit(tx, () => accounts.forEach((id) => void wake.account(id, reason)))
    }
  }

  return {
    /** What goes on without its person stops while they are suspended: nothing is synced and nothing is sent. */
    work: {
      async stop(tx: Tx, personId: string): Promise<void> {
        const lent = await mailboxStore.lentBy(tx, personId)
        await mailboxStore.setSuspended(tx, lent, true)
        await fenceAll(tx, [personId, ...lent], 'paused')
      },
      async goOn(tx: Tx, personId: string): Promise<void> {
        const lent = await mailboxStore.lentBy(tx, personId)
        await mailboxStore.setSuspended(tx, lent, false)
        await fenceAll(tx, [personId, ...lent], 'created')
      },
    },
    async usage(personIds: readonly string[]): Promise<Map<string, Record<string, number>>> {
      const rows = await store.usage(database, personIds)
      return new Map(rows.map(({ owner_id, ...usage }: MailUsage) => [owner_id, usage]))
    },
  }
}
