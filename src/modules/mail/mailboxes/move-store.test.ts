import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createTestDatabase } from '../../../../test/harness/database.ts'
import { tablesOfMoves } from './move-store.ts'

test('of every table that names mail accounts it is decided what becomes of its rows when an account moves', async (t) => {
  const { url, drop } = await createTestDatabase()
  t.after(drop)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ table_name: string }>(
    `select relname as table_name from pg_class join pg_attribute on attrelid = pg_class.oid
      where attname = 'mail_account_id' and relkind in ('r', 'p') and not relispartition`,
  )
  await client.end()
  assert.deepEqual(rows.map(({ table_name }) => table_name).sort(), [...tablesOfMoves].sort())
})
