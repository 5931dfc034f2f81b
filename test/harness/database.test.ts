import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createTestDatabase } from './database.ts'

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('databases made at the same time are migrated, jobs included, and do not see each other', async () => {
  const databases = await Promise.all([1, 2, 3].map(createTestDatabase))
  const [first, second] = databases
  assert(first && second)
  await query(first.url, 'create table only_here (id int)')
  const ours = `select to_regclass('schema_migration') is not null as ours,
    to_regclass('graphile_worker.jobs') is not null as jobs, to_regclass('only_here') is not null as only_here`
  assert.deepEqual(await query(first.url, ours), [{ ours: true, jobs: true, only_here: true }])
  assert.deepEqual(await query(second.url, ours), [{ ours: true, jobs: true, only_here: false }])
  await Promise.all(databases.map((database) => database.drop()))
})

test('dropping a database disconnects those who still use it', async () => {
  const database = await createTestDatabase()
  const client = new pg.Client({ connectionString: database.url })
  const disconnected = new Promise<Error>((resolve) => client.on('error', resolve))
  await client.connect()
  await database.drop()
  assert.match((await disconnected).message, /terminat/)
  await assert.rejects(query(database.url, 'select 1'), /does not exist/)
})
