import type { AccountContext } from './account-context.ts'
import { attemptStore, type Interrupted } from './attempt-store.ts'
import { pendingBodyStore } from './pending-body-store.ts'

/**
 * Looks for what earlier processes had in hand when they ended: it may be what ended them. Bodies are counted, to be
 * tried one by one; the listings are answered, which stay marked until what they were about is listed.
 */
export async function settleInterrupted(account: AccountContext): Promise<Interrupted['listings']> {
  const { key, commit, database } = account
  const { listings, bodies } = await attemptStore.list(database, key)
  if (bodies.length > 0) {
    await commit(async (tx) => {
      for (const { form, messageIds } of bodies) await pendingBodyStore.countAttempt(tx, key, form, messageIds)
      await attemptStore.end(
        tx,
        key,
        bodies.map(({ id }) => id),
      )
    })
  }
  if (listings.length + bodies.length > 0)
    account.log.warn({ ...key, listings, bodies: bodies.length }, 'a sync was interrupted')
  return listings
}
