import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import pg from 'pg'
import { migrate } from '#platform/database/migrate.ts'
import { startPostgres15 } from '../harness/postgres-15.ts'
import { skipWithoutPostgres15 } from '../harness/servers.ts'
import { createTempDir } from '../harness/temp-dir.ts'
import { root } from './compose-files.ts'

/** Stands in for Docker: containers are this machine, volumes are directories. */
const stubDocker = `#!/bin/sh
case "$1" in
  version) echo 28.2.2 ;;
  ps) case "$*" in *--quiet*service=postgres*) echo postgres ;; esac ;;
  exec)
    shift
    while [ "$1" = -i ]; do shift; done
    shift
    PATH="$PG_BIN:$PATH" exec "$@" ;;
  run)
    for argument in "$@"; do case $argument in ulti_*:/volume*) volume=\${argument%%:*} ;; esac; done
    cd "$VOLUMES/\${volume#ulti_}" || exit 1
    while [ "$1" != --workdir ]; do shift; done
    shift 3
    exec "$@" ;;
  compose) case "$*" in *"ps --services"*) echo postgres ;; "compose version --short") echo 2.40.0 ;; esac ;;
esac
`

suite('a backup of the suite', { skip: skipWithoutPostgres15 }, async () => {
  const [postgres, files] = await Promise.all([startPostgres15(), createTempDir('backup')])
  after(async () => {
    await postgres.close()
    await files.remove()
  })
  const home = join(files.path, 'home')
  const volume = (name: string) => join(files.path, 'volumes', name)
  mkdirSync(join(files.path, 'bin'))
  writeFileSync(join(files.path, 'bin/docker'), stubDocker)
  chmodSync(join(files.path, 'bin/docker'), 0o755)
  cpSync(join(root, 'deploy'), join(home, 'deploy'), { recursive: true })
  cpSync(join(root, '.env.example'), join(home, '.env'))
  writeFileSync(join(home, '.env.resolved'), '')

  const env = {
    PATH: `${join(files.path, 'bin')}:${process.env.PATH}`,
    ...{
      PG_BIN: postgres.bin,
      PGHOST: '127.0.0.1',
      PGPORT: String(postgres.port),
      VOLUMES: join(files.path, 'volumes'),
    },
    ULTI_MIN_DISK_GB: '0',
  }
  const run = (script: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('sh', [join(home, 'deploy', script), ...args], {
      cwd: home,
      encoding: 'utf8',
      env,
    })
    return { status, stdout, stderr }
  }
  const sql = async (database: string, text: string) => {
    const client = new pg.Client({ connectionString: postgres.url(database) })
    await client.connect()
    const { rows } = await client.query(text).finally(() => client.end())
    return rows
  }
  /** Every row and definition of a database, in one order. */
  const contentOf = (database: string) =>
    execFileSync(join(postgres.bin, 'pg_dump'), ['-U', 'postgres', '--no-owner', '--inserts', database], {
      env,
      encoding: 'utf8',
    })
      // Of newer versions of pg_dump: a token that differs each time.
      .replaceAll(/^\\(un)?restrict .*$/gm, '')

  for (const name of ['ulti', 'authentik']) {
    await sql('postgres', `create role ${name} login`)
    await sql('postgres', `create database ${name} owner ${name}`)
  }
  await migrate(postgres.url('ulti').replace('postgres@', 'ulti@'))
  await sql(
    'ulti',
    "insert into principal (id, issuer, subject, display_name) select gen_random_uuid(), 'i', n::text, 'Zoë ' || n from generate_series(1, 500) n",
  )
  await sql('authentik', "create table people as select 1 as id, 'é'::text as name")
  for (const name of ['rustfs', 'authentik']) mkdirSync(join(volume(name), 'deep/er'), { recursive: true })
  writeFileSync(join(volume('rustfs'), 'deep/er/bl ob'), Buffer.alloc(300_000, 'x'))
  writeFileSync(join(volume('rustfs'), 'ünicode'), 'ü')

  const before = { ulti: contentOf('ulti'), authentik: contentOf('authentik'), files: hashes(files.path) }

  test('brings back databases and volumes as they were, whatever happened since', async () => {
    const backup = run('backup.sh', 'backups/first')
    assert.equal(backup.status, 0, backup.stderr)
    await sql(
      'ulti',
      "delete from principal where subject <> '7'; update principal set display_name = 'changed'; create table later (a int)",
    )
    await sql('authentik', 'drop table people')
    rmSync(join(volume('rustfs'), 'deep'), { recursive: true })
    writeFileSync(join(volume('rustfs'), 'later'), 'later')
    const restored = run('restore.sh', 'backups/first', '--yes')
    assert.equal(restored.status, 0, restored.stderr)
    assert.equal(contentOf('ulti'), before.ulti)
    assert.equal(contentOf('authentik'), before.authentik)
    assert.deepEqual(hashes(files.path), before.files)
    const [{ owner }] = (await sql(
      'ulti',
      "select tableowner as owner from pg_tables where tablename = 'principal'",
    )) as [{ owner: string }]
    assert.equal(owner, 'ulti')
  })

  test('is readable by its owner alone and holds the keys without which it is worth little', () => {
    for (const name of readdirSync(join(home, 'backups/first'))) {
      assert.equal(statSync(join(home, 'backups/first', name)).mode & 0o077, 0, name)
    }
    assert.match(readFileSync(join(home, 'backups/first/env'), 'utf8'), /^MAIL_CREDENTIAL_KEYS=/m)
  })

  test('that is damaged, or not confirmed, changes nothing', () => {
    cpSync(join(home, 'backups/first'), join(home, 'backups/damaged'), { recursive: true })
    writeFileSync(join(home, 'backups/damaged/ulti.dump'), 'x')
    const damaged = run('restore.sh', 'backups/damaged', '--yes')
    assert.match(damaged.stderr, /The backup is damaged; nothing was changed/)
    assert.match(run('restore.sh', 'backups/first').stderr, /If that is meant, add --yes/)
    assert.match(run('restore.sh', 'backups/nowhere', '--yes').stderr, /There is no directory/)
    assert.equal(contentOf('ulti'), before.ulti)
  })

  test('that fails halfway leaves no directory that looks like one', () => {
    rmSync(volume('authentik'), { recursive: true })
    const { status } = run('backup.sh', 'backups/second')
    assert.notEqual(status, 0)
    assert.ok(!readdirSync(join(home, 'backups')).some((name) => name.startsWith('second')))
    assert.match(run('backup.sh', 'backups/first').stderr, /exists already/)
  })
})

function hashes(path: string): Record<string, string> {
  const folder = join(path, 'volumes')
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    entries
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  )
}
