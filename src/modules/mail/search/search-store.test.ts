import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { insertAccount, insertFolder, insertMessage, insertOwner } from '../../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import { createMailSearchStore } from './search-store.ts'

const root = { kind: 'words' as const, text: 'needle', isPhrase: false, isPrefix: false }

test('a search that takes too long is given up, and messages can be searched stride by stride', async () => {
  const opened = await openTestDatabase()
  const { database, transact } = opened
  const store = createMailSearchStore(transact)
  const account = await insertAccount(database, await insertOwner(database))
  const folderId = await insertFolder(database, account, { path: 'INBOX' })
  for (const day of ['01', '02', '03']) {
    await insertMessage(opened, account, { folderId, text: 'needle', receivedAt: `2026-01-${day}` })
  }
  const page = { ownerId: account.ownerId, root, isEverywhere: false, after: undefined, limit: 10 }

  await transact(async (tx) => {
    // Whoever searches waits for this lock, as for a query that never ends.
    await sql`lock table mail_search in access exclusive mode`.execute(tx)
    assert.equal(await store.find(page, 50), undefined)
  })
  assert.equal((await store.find(page, 5000))?.hits.length, 3)
  const days = (stride: Awaited<ReturnType<typeof store.stride>>) =>
    stride?.hits.map((hit) => hit.received_at.slice(0, 10))
  const newest = await store.stride(page, 2, 5000)
  assert.deepEqual(days(newest), ['2026-01-03', '2026-01-02'])
  const last = await store.stride({ ...page, after: newest?.end }, 2, 5000)
  assert.deepEqual([days(last), last?.end], [['2026-01-01'], undefined])
  await opened.close()
})
