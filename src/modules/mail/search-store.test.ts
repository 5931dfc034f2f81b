import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { insertAccount, insertFolder, insertMessage, insertOwner } from '../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { createMailSearchStore } from './search-store.ts'

const query = { terms: [{ text: 'needle', isPhrase: false, isExcluded: false, isPrefix: false }] }

test('a search that takes too long is given up, and the newest messages can be searched alone', async () => {
  const opened = await openTestDatabase()
  const { database, transact } = opened
  const store = createMailSearchStore(transact)
  const account = await insertAccount(database, await insertOwner(database))
  const folderId = await insertFolder(database, account, { path: 'INBOX' })
  for (const day of ['01', '02', '03']) {
    await insertMessage(opened, account, { folderId, text: 'needle', receivedAt: `2026-01-${day}` })
  }
  const page = { query, after: undefined, limit: 10 }

  await transact(async (tx) => {
    // Whoever searches waits for this lock, as for a query that never ends.
    await sql`lock table mail_search in access exclusive mode`.execute(tx)
    assert.equal(await store.find(account.ownerId, page, 50), undefined)
  })
  assert.equal((await store.find(account.ownerId, page, 5000))?.length, 3)
  const newest = await store.findAmongNewest(account.ownerId, page, { depth: 2, timeoutMs: 5000 })
  assert.deepEqual(
    newest?.map((message) => message.received_at.slice(0, 10)),
    ['2026-01-03', '2026-01-02'],
  )
  await opened.close()
})
