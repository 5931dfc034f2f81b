import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import pg from 'pg'
import { createTestDatabase } from '../../../test/harness/database.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { migrate, migrationStatus, readMigrations } from './migrate.ts'

async function connect(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  t.after(() => client.end())
  return client
}

/** A database that no release has touched. */
async function createEmptyDatabase(t: TestContext): Promise<{ url: string; client: pg.Client }> {
  const { url, drop } = await createTestDatabase()
  t.after(drop)
  const client = await connect(t, url)
  await client.query('drop schema public cascade; drop schema graphile_worker cascade; create schema public')
  return { url, client }
}

suite('migrations', async () => {
  const versions = (await readMigrations()).map(({ version }) => version)

  test('an empty database is brought up to this release once, jobs included', async (t) => {
    const { url, client } = await createEmptyDatabase(t)
    assert.deepEqual(await migrate(url), versions)
    assert.deepEqual(await migrate(url), [])
    const { rows } = await client.query("select to_regclass('graphile_worker.jobs') is not null as jobs")
    assert.deepEqual(rows, [{ jobs: true }])
  })

  test('the status names what is pending, and when the rest was applied', async (t) => {
    const { url, client } = await createEmptyDatabase(t)
    assert.deepEqual(
      await migrationStatus(url),
      versions.map((version) => ({ version, appliedAt: null })),
    )
    await migrate(url)
    await client.query('delete from schema_migration where version = $1', [versions.at(-1)])
    const status = await migrationStatus(url)
    assert.deepEqual(
      status.map(({ appliedAt }) => appliedAt !== null),
      versions.map((version) => version !== versions.at(-1)),
    )
  })

  test('nodes that start together apply each migration once', async (t) => {
    const { url } = await createEmptyDatabase(t)
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(url)))
    assert.deepEqual(applied.flat(), versions)
  })

  test('a node waits for the one that migrates', async (t) => {
    const { url, client } = await createEmptyDatabase(t)
    let isDone = false
    const first = await connect(t, url)
    await first.query('select pg_advisory_lock(8110846)')
    const waiting = migrate(url).finally(() => {
      isDone = true
    })
    await eventually(async () => {
      const { rows } = await client.query(
        "select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
      )
      assert.equal(rows.length, 1)
    })
    assert.equal(isDone, false)
    await first.query('select pg_advisory_unlock_all()')
    assert.deepEqual(await waiting, versions)
  })

  test('a migration that was changed after it was applied is refused by name', async (t) => {
    const { url, client } = await createEmptyDatabase(t)
    await migrate(url)
    await client.query("update schema_migration set checksum = 'other' where version = $1", [versions[0]])
    await assert.rejects(migrate(url), new RegExp(`${versions[0]} was changed after it was applied`))
  })

  test('a migration that fails leaves nothing of itself and is named', async (t) => {
    const { url, client } = await createEmptyDatabase(t)
    await client.query('create table event (in_the_way int)')
    await assert.rejects(migrate(url), new RegExp(`Migration ${versions[0]} failed: .*event`))
    const { rows } = await client.query("select to_regclass('principal') is null as is_gone")
    assert.deepEqual(rows, [{ is_gone: true }])
    await client.query('drop table event')
    assert.deepEqual(await migrate(url), versions)
  })

  test('a database that is ahead of this release is left alone', async (t) => {
    const { url, client } = await createEmptyDatabase(t)
    await migrate(url)
    await client.query("insert into schema_migration (version, checksum) values ('9999-future', 'x')")
    assert.deepEqual(await migrate(url), [])
    assert.equal((await migrationStatus(url)).length, versions.length)
  })

  test('a connection that is cut while it migrates fails the start and nothing else', async (t) => {
    const { url, client } = await createEmptyDatabase(t)
    const first = await connect(t, url)
    await first.query('select pg_advisory_lock(8110846)')
    const waiting = migrate(url)
    const failed = assert.rejects(waiting, /terminat/)
    await eventually(async () => {
      const { rows } = await client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'",
      )
      assert.equal(rows.length, 1)
    })
    await failed
  })
})
