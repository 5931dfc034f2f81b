import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type KyselyPlugin, sql } from 'kysely'
import { newId } from '#platform/ids.ts'
import { insertAccount, insertFolder, insertOwner } from '../../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { folderOpStore } from './folder-op-store.ts'
import { shownFolderStore } from './shown-folder-store.ts'

test('a folder that is made on the server while its parent is renamed is shown in the parent’s new place', async () => {
  const db = await openTestDatabase()
  after(db.close)
  const account = await insertAccount(db.database, await insertOwner(db.database))
  const work = await insertFolder(db.database, account, { path: 'Work' })
  const year = newId()
  const top = { parent_id: null, prefix: '' }
  await sql`update mail_folder set delimiter = '/'`.execute(db.database)
  await sql`insert into mail_folder (owner_id, id, mail_account_id, path, name, delimiter, is_on_server)
    values (${account.ownerId}, ${year}, ${account.mailAccountId}, 'Work/2026', '2026', '/', false)`.execute(
    db.database,
  )
  const creation = { kind: 'create', change: { ...top, parent_id: work, name: '2026' } } as const
  await db.transact((tx) => folderOpStore.insert(tx, account, year, creation))

  /** The node that syncs the account commits as soon as the first of what is asked here was answered. */
  const made = async () => {
    await sql`update mail_folder set is_on_server = true where id = ${year}`.execute(db.database)
    await db.transact((other) => folderOpStore.setCreated(other, account, year))
  }
  let isMade = false
  const meanwhile: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (!isMade) {
        isMade = true
        await made()
      }
      return result
    },
  }
  await db.transact(async (tx) => {
    await folderOpStore.insert(tx, account, work, { kind: 'rename', change: { ...top, name: 'Arbeit' } })
    await shownFolderStore.settle(tx.withPlugin(meanwhile) as Tx, account)
  })
  const shown = await shownFolderStore.list(db.database, account)
  assert.ok(isMade)
  assert.deepEqual(shown.map((folder) => folder.shown).sort(), ['Arbeit', 'Arbeit/2026'])
})
