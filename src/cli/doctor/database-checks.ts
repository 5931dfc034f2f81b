import pg from 'pg'
import { migrationStatus } from '#platform/database/migrate.ts'
import { describeDatabaseFault } from '../database-fault.ts'
import { type Check, type Finding, failed, ok, skipped, warning } from './check.ts'

const recommendedMajor = 16
const leastMajor = 15
const extensions = ['btree_gin', 'unaccent']

/** PostgreSQL as ultid needs it. Without a connection only the first check fails. */
export function createDatabaseChecks(options: { url: string; poolSize: number; isMigratedAtStart: boolean }) {
  const { url } = options
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5000, statement_timeout: 10_000 })
  pool.on('error', () => undefined)
  const version = checkVersion(pool)
  const isThere = version.then(
    () => true,
    () => false,
  )
  const onDatabase = (name: string, work: () => Promise<Finding>): Check => ({
    ...{ name, advice: 'Check the rights of this user.' },
    run: async () => ((await isThere) ? work() : skipped('the database does not answer')),
  })
  const checks: Check[] = [
    {
      name: 'database',
      advice: 'Check ULTID_DB_URL and that PostgreSQL runs.',
      run: () =>
        version.catch((error) => {
          throw new Error(describeDatabaseFault(error, url) ?? String(error))
        }),
    },
    onDatabase('database connections', () => checkConnections(pool, options.poolSize)),
    onDatabase('database extensions', () => checkExtensions(pool)),
    onDatabase('database rights', () => checkRights(pool)),
    onDatabase('database migrations', () => checkMigrations(options)),
  ]
  return { checks, close: () => pool.end() }
}

async function checkVersion(pool: pg.Pool): Promise<Finding> {
  const { rows } = await pool.query(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
      current_user as user, current_database() as database`,
  )
  const { number, version, user, database } = rows[0]
  const major = Math.floor(number / 10_000)
  const detail = `PostgreSQL ${version}, database ${database} as ${user}`
  const advice = `Upgrade PostgreSQL to ${recommendedMajor} or newer.`
  if (major < leastMajor) return failed(`${detail}: too old`, advice)
  return major < recommendedMajor ? warning(`${detail}: older than what is tested`, advice) : ok(detail)
}

async function checkConnections(pool: pg.Pool, poolSize: number): Promise<Finding> {
  const { rows } = await pool.query(
    `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used`,
  )
  const { most, used } = rows[0]
  const detail = `${used} of ${most} in use; each node opens up to ${poolSize}`
  if (poolSize <= most) return ok(detail)
  return failed(detail, 'Raise max_connections of PostgreSQL or lower ULTID_DB_POOL_SIZE.')
}

async function checkExtensions(pool: pg.Pool): Promise<Finding> {
  const { rows } = await pool.query(
    'select name, installed_version is not null as is_there from pg_available_extensions where name = any($1)',
    [extensions],
  )
  const absent = extensions.filter((name) => !rows.some((row) => row.name === name))
  if (absent.length > 0) {
    const advice = "Install PostgreSQL's contrib package (postgresql-contrib) on the database server."
    return failed(`${absent.join(', ')} cannot be had there`, advice)
  }
  const toCome = rows.filter((row) => !row.is_there).map((row) => row.name)
  if (toCome.length === 0) return ok(extensions.join(', '))
  return warning(`${toCome.join(', ')} not created yet`, 'Run "ultid migrate", which creates them.')
}

async function checkRights(pool: pg.Pool): Promise<Finding> {
  const { rows } = await pool.query(
    `select has_database_privilege(current_database(), 'CREATE') as can_create_schemas,
      has_schema_privilege('public', 'CREATE') as can_create_tables,
      (select coalesce(array_agg(c.relname::text order by c.relname), '{}') from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and not (has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT')
            and has_table_privilege(c.oid, 'UPDATE') and has_table_privilege(c.oid, 'DELETE'))) as tables`,
  )
  const { can_create_schemas, can_create_tables, tables } = rows[0]
  const lacking = [
    ...(can_create_schemas ? [] : ['create on the database']),
    ...(can_create_tables ? [] : ['create on the schema public']),
    ...(tables.length > 0 ? [`read and write on ${tables.join(', ')}`] : []),
  ]
  if (lacking.length === 0) return ok('may create, read and write')
  return failed(`lacks ${lacking.join('; ')}`, 'Make this user the owner of the database and of its tables.')
}

async function checkMigrations({ url, isMigratedAtStart }: { url: string; isMigratedAtStart: boolean }) {
  const status = await migrationStatus(url)
  const pending = status.filter(({ appliedAt }) => appliedAt === null).map(({ version }) => version)
  if (pending.length === 0) return ok(`${status.length} applied`)
  const detail = `pending: ${pending.join(', ')}`
  return isMigratedAtStart
    ? warning(detail, 'Run "ultid migrate", or start ultid, which applies them.')
    : failed(detail, 'Run "ultid migrate" before ultid starts.')
}
