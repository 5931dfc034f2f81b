import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { insertAccount, insertFolder, insertMessage, insertOwner } from '../../test/fixtures/mailbox-rows.ts'
import { documentOf } from '../../test/fixtures/search-rows.ts'
import { settingsFor, ultid } from '../../test/harness/command-line.ts'
import { openTestDatabase } from '../../test/harness/open-database.ts'
import { createSearchIndex } from '../modules/search/documents/search-index.ts'
import { createReindexing, type Reindexable } from '../modules/search/reindexing/reindexing.ts'
import { newId } from '../platform/ids.ts'
import { phraseQuery } from '../platform/words/word-query.ts'

suite('ultid search reindex', async () => {
  const opened = await openTestDatabase()
  const { url, database, transact } = opened
  after(opened.close)
  const search = (...args: string[]) => ultid(['search', ...args], settingsFor(url))
  const found = async (table: 'mail_search' | 'search_document', ownerId: string, word: string) => {
    const { rows } = await sql`select from ${sql.table(table)}
      where owner_id = ${ownerId} and words @@ ${phraseQuery(word)}::tsquery`.execute(database)
    return rows.length
  }

  test('makes words anew of stored mail and documents, more than fit one step', async () => {
    const ownerId = await insertOwner(database)
    const account = await insertAccount(database, ownerId)
    const folderId = await insertFolder(database, account, { path: 'INBOX' })
    for (let n = 0; n < 101; n++)
      await insertMessage(opened, account, { folderId, subject: 'gannet', text: `word${n}` })
    await transact((tx) => createSearchIndex().put(tx, [documentOf(ownerId, { title: 'gannet', text: 'cormorant' })]))
    await sql`update mail_search set words = ''`.execute(database)
    await sql`update search_document set own_words = ''`.execute(database)
    assert.equal(await found('mail_search', ownerId, 'gannet'), 0)
    const { code, output } = await search('reindex')
    assert.deepEqual([code, output], [0, '102 indexed anew\n'])
    assert.equal(await found('mail_search', ownerId, 'gannet'), 101)
    assert.equal(await found('mail_search', ownerId, 'word100'), 1)
    assert.equal(await found('search_document', ownerId, 'cormorant'), 1)
    assert.equal((await search('reindex', '--owner', ownerId)).output, '102 indexed anew\n')
  })

  test('goes on where a run broke off', async () => {
    await insertOwner(database)
    const positions: (string | null)[] = []
    const source = (failAt: string | undefined): Reindexable => ({
      name: `steps-${newId()}`,
      async reindex(_tx, _ownerId, position) {
        if (position === failAt) throw new Error('killed')
        positions.push(position)
        const next = position === null ? 'second' : position === 'second' ? 'third' : null
        return { next, rows: 1 }
      },
    })
    const failing = source('third')
    await assert.rejects(createReindexing({ database, transact, sources: [failing] }).run({ isFresh: true }), /killed/)
    const seen = positions.splice(0)
    assert.deepEqual(seen, [null, 'second'])
    await createReindexing({ database, transact, sources: [{ ...source(undefined), name: failing.name }] }).run()
    assert.equal(positions[0], 'third')
  })

  test('says what is wrong with what was typed', async () => {
    assert.match((await search('rebuild')).complaint, /ultid search reindex/)
    assert.match((await search('reindex', '--owner', 'ann')).complaint, /"ann" is no id/)
    const nobody = await search('reindex', '--owner', newId())
    assert.deepEqual([nobody.code, /There is no person/.test(nobody.complaint)], [1, true])
  })
})
