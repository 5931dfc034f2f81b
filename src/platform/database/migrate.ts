import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { runMigrations as runWorkerMigrations } from 'graphile-worker'
import pg from 'pg'

const directory = new URL('../../../migrations/', import.meta.url)

/** Any number that no other program on this database uses as its advisory lock. */
const lockKey = 8_110_846

export type Migration = { version: string; checksum: string; sql: string }
export type MigrationStatus = { version: string; appliedAt: Date | null }

/** The migrations that this release brings, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((name) => /^\d{4}-.+\.sql$/.test(name)).sort()
  return Promise.all(
    files.map(async (name) => {
      const sql = await readFile(new URL(name, directory), 'utf8')
      return { version: name.slice(0, -4), checksum: createHash('sha256').update(sql).digest('hex'), sql }
    }),
  )
}

/**
 * Brings the database up to this release, graphile-worker's own schema included; each migration in a transaction of
 * its own. Nodes that start together wait for one another on an advisory lock. A database that is ahead is left alone:
 * the older release must go on working with it.
 * @returns the versions applied now.
 * @throws Error when an applied migration was changed afterwards.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  return withLock(databaseUrl, async (client) => {
    await client.query(`create table if not exists schema_migration (
      version text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    const { rows } = await client.query<{ version: string; checksum: string }>('select * from schema_migration')
    const checksums = new Map(rows.map((row) => [row.version, row.checksum]))
    const applied: string[] = []
    for (const migration of await readMigrations()) {
      const known = checksums.get(migration.version)
      if (known === undefined) {
        await apply(client, migration)
        applied.push(migration.version)
      } else if (known !== migration.checksum) {
        throw new Error(
          `Migration ${migration.version} was changed after it was applied; restore it and add a new one.`,
        )
      }
    }
    await runWorkerMigrations({ connectionString: databaseUrl })
    return applied
  })
}

/** Each migration of this release with the time of its application, null where it is pending. */
export async function migrationStatus(databaseUrl: string): Promise<MigrationStatus[]> {
  const client = await connect(databaseUrl)
  try {
    const { rows: present } = await client.query("select to_regclass('schema_migration') is not null as is_there")
    const { rows } = present[0].is_there
      ? await client.query('select version, applied_at from schema_migration')
      : { rows: [] }
    const times = new Map<string, Date>(rows.map((row) => [row.version, row.applied_at]))
    return (await readMigrations()).map(({ version }) => ({ version, appliedAt: times.get(version) ?? null }))
  } finally {
    await client.end()
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into schema_migration (version, checksum) values ($1, $2)', [
      migration.version,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`Migration ${migration.version} failed: ${(error as Error).message}`, { cause: error })
  }
}

async function withLock<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(databaseUrl)
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    return await work(client)
  } finally {
    await client.end()
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl })
  // The query that runs fails as well and says why; without a listener the process would end here.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
