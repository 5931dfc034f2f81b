import { threadStore } from '../threads/thread-store.ts'
import { threadLetters } from '../threads/threading.ts'
import { type AccountContext, announce } from './account-context.ts'

const batchSize = 500

/** Threads what a release without threads has stored, a batch a transaction. */
export async function threadStoredMail(account: AccountContext): Promise<void> {
  const { key, database } = account
  const isWaiting = async () => (await threadStore.findUnthreaded(database, key, 1)).length > 0
  while (await isWaiting()) {
    await account.commit(async (tx) => {
      const { letters, events } = await threadLetters(tx, key, await threadStore.findUnthreaded(tx, key, batchSize))
      await threadStore.setThreading(tx, key, letters)
      await announce(account, tx, events)
    })
  }
}
