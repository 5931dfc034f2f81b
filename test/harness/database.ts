import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate, readMigrations } from '../../src/platform/database/migrate.ts'

export type TestDatabase = {
  url: string
  /** Disconnects whoever is still connected and removes the database. */
  drop(): Promise<void>
}

/** Any number that nothing else in the test cluster uses as its advisory lock. */
const LOCK_KEY = 5_417_223

/**
 * An empty, migrated database of the caller's own: a clone of a template that the first caller of the run makes.
 *
 * @throws when no PostgreSQL was handed down, i.e. when the file was not run by test/run.ts.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `ulti_test_${randomBytes(6).toString('hex')}`
  await onAdmin(async (admin) => {
    const template = await prepareTemplate(admin)
    // Copying files beats logging every page of them once fsync is off.
    await admin.query(`create database ${name} template ${template} strategy file_copy`)
  })
  return {
    url: urlOf(name),
    drop: () => onAdmin(async (admin) => void (await admin.query(`drop database if exists ${name} with (force)`))),
  }
}

/** The name holds a hash of all migrations: a cluster that lives longer than one run never clones a stale template. */
async function prepareTemplate(admin: pg.Client): Promise<string> {
  const hash = createHash('sha256')
  for (const migration of await readMigrations()) hash.update(migration.version).update(migration.checksum)
  const template = `ulti_template_${hash.digest('hex').slice(0, 12)}`
  if (await exists(admin, template)) return template

  await admin.query('select pg_advisory_lock($1)', [LOCK_KEY])
  try {
    if (!(await exists(admin, template))) await buildTemplate(admin, template)
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [LOCK_KEY])
  }
  return template
}

/** Renamed only when complete, so that a run which died half-way leaves no half-migrated template. */
async function buildTemplate(admin: pg.Client, template: string): Promise<void> {
  const unfinished = `${template}_unfinished`
  await admin.query(`drop database if exists ${unfinished} with (force)`)
  await admin.query(`create database ${unfinished} template template0`)
  await migrate(urlOf(unfinished))
  await admin.query(`alter database ${unfinished} rename to ${template}`)
}

async function exists(admin: pg.Client, database: string): Promise<boolean> {
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [database])
  return rowCount === 1
}

async function onAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: adminUrl() })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

function urlOf(database: string): string {
  const url = new URL(adminUrl())
  url.pathname = `/${database}`
  return url.href
}

function adminUrl(): string {
  const url = process.env.ULTI_TEST_PG_URL
  if (!url) throw new Error('ULTI_TEST_PG_URL is not set: run tests by "npm test" or "node test/run.ts <file>".')
  return url
}
