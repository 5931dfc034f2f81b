import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { startMailServers } from '../../test/fixtures/mail-servers.ts'
import { insertPerson, insertSealedAccount } from '../../test/fixtures/sealed-rows.ts'
import { settingsFor, testKey, ultid, ultidProcess } from '../../test/harness/command-line.ts'
import { eventually } from '../../test/harness/eventually.ts'
import { freePort } from '../../test/harness/free-port.ts'
import { startImmich } from '../../test/harness/immich.ts'
import { type Issuer, startIssuer } from '../../test/harness/issuer.ts'
import { openTestDatabase } from '../../test/harness/open-database.ts'
import { startRedis } from '../../test/harness/redis.ts'
import { skipWithoutDovecot, skipWithoutRedis } from '../../test/harness/servers.ts'
import { createTempDir } from '../../test/harness/temp-dir.ts'
import { secretBinding } from '../modules/mail/accounts/connections.ts'
import { createKeyRing } from '../platform/secrets/key-ring.ts'

type Check = { name: string; status: string; detail: string; advice: string | null; duration_ms: number }

/** What `ultid doctor --json` finds, by the names of the checks. */
async function examine(environment: Record<string, string>, ...args: string[]) {
  const { code, output, complaint } = await ultid(['doctor', '--json', ...args], environment)
  assert.equal(complaint, '')
  const report: { ok: boolean; checks: Check[] } = JSON.parse(output)
  assert.equal(code, report.ok ? 0 : 1)
  const of = (name: string): Check => report.checks.find((check) => check.name === name) ?? assert.fail(name)
  const failed = report.checks.filter(({ status }) => status === 'failed').map(({ name }) => name)
  return { ...report, of, failed }
}

suite('ultid doctor', async () => {
  const [opened, issuer, objects] = [await openTestDatabase(), await startIssuer(), await createTempDir('objects')]
  const { url, database } = opened
  after(() => Promise.all([opened.close(), issuer.close(), objects.remove()]))
  const directory = join(objects.path, 'new', 'objects')
  const settings = settingsFor(url, { issuer: issuer.url, objects: directory })
  const keyRing = createKeyRing(new Map([['test', testKey]]), 'test')

  test('says that everything works, a line for each thing', async () => {
    const { code, output } = await ultidProcess(['doctor'], settings)
    assert.equal(code, 0, output)
    const lines = output.trimEnd().split('\n')
    assert.equal(lines.at(-1), 'everything works')
    for (const line of lines.slice(0, -1)) assert.match(line, /^✓ [a-z ]+ {2}\S.* \(\d+ ms\)$/)
    assert.match(output, /^✓ database +PostgreSQL 16\.\d+.*, database \w+ as \w+ /m)
    assert.match(output, /^✓ database extensions +btree_gin, unaccent /m)
    assert.match(output, /^✓ database migrations +\d+ applied /m)
    assert.match(output, /^✓ cache +in the process itself/m)
    assert.match(output, new RegExp(`^✓ objects +written, read and deleted in ${directory} `, 'm'))
    assert.match(output, /^✓ disk +\d+\.\d GiB free of \d+\.\d at /m)
    assert.match(output, new RegExp(`^✓ issuer +calls itself ${issuer.url} `, 'm'))
    assert.match(output, /^✓ issuer keys +1 to verify tokens with /m)
    assert.match(output, /^✓ clock +agrees with the issuer /m)
    assert.match(output, /^✓ credential keys +everything uses the active key "test" /m)
  })

  test('Immich and Jitsi are tried where they are switched on', async (t) => {
    const immich = await startImmich(3)
    t.after(() => immich.close())
    const meetings = { JITSI_ENABLED: 'true', JWT_APP_SECRET: 'secret', JITSI_PUBLIC_URL: 'http://127.0.0.1:1' }
    const found = await examine({ ...settings, ...immich.settings, ...meetings })
    assert.deepEqual(found.failed, [])
    assert.match(found.of('immich').detail, /^version 3\.2\.1 at /)
    assert.match(found.of('immich key').detail, /is taken$/)
    assert.equal(found.of('jitsi').status, 'warning')
    const wrong = await examine({ ...settings, ...immich.settings, IMMICH_ADMIN_API_KEY: 'another-key' })
    assert.deepEqual(wrong.failed, ['immich key'])
    assert.match(wrong.of('immich key').advice ?? '', /IMMICH_ADMIN_API_KEY/)
  })

  test('of a database that is away one check fails, the others wait, and the rest is tried all the same', async () => {
    const { failed, of } = await examine({ ...settings, ULTID_DB_URL: 'postgres://ulti:hunter2@127.0.0.1:1/ulti' })
    assert.deepEqual(failed, ['database'])
    assert.equal(
      of('database').detail,
      'PostgreSQL does not answer at 127.0.0.1:1 (ECONNREFUSED); start it, or correct ULTID_DB_URL.',
    )
    for (const name of ['database rights', 'database migrations', 'credential keys'])
      assert.equal(of(name).status, 'skipped', name)
    assert.equal(of('issuer').status, 'ok')
  })

  test('a database without its tables is told to be migrated, or will be', async (t) => {
    const name = `bare_${Date.now()}`
    await sql`create database ${sql.ref(name)} template template0`.execute(database)
    t.after(() => sql`drop database ${sql.ref(name)} with (force)`.execute(database))
    const bare = { ...settings, ULTID_DB_URL: Object.assign(new URL(url), { pathname: `/${name}` }).href }
    const manual = await examine({ ...bare, ULTID_AUTO_MIGRATE: 'false' })
    assert.deepEqual(manual.failed, ['database migrations'])
    assert.match(manual.of('database migrations').detail, /^pending: 0001-platform, /)
    assert.match(manual.of('database migrations').advice ?? '', /ultid migrate/)
    assert.equal(manual.of('database extensions').status, 'warning')
    const automatic = await examine(bare)
    assert.deepEqual(automatic.failed, [])
  })

  test('rights that are missing are named', async (t) => {
    const user = `reader_${Date.now()}`
    await sql`create role ${sql.ref(user)} login password 'reader'`.execute(database)
    await sql`grant select, insert, update, delete on all tables in schema public to ${sql.ref(user)}`.execute(database)
    await sql`revoke insert on principal from ${sql.ref(user)}`.execute(database)
    t.after(async () => {
      await sql`drop owned by ${sql.ref(user)}`.execute(database)
      await sql`drop role ${sql.ref(user)}`.execute(database)
    })
    const as = Object.assign(new URL(url), { username: user, password: 'reader' }).href
    const { of, failed } = await examine({ ...settings, ULTID_DB_URL: as })
    assert.deepEqual(failed, ['database rights'])
    const { detail } = of('database rights')
    assert.equal(detail, 'lacks create on the database; create on the schema public; read and write on principal')
  })

  test('more connections than PostgreSQL has are too many', async () => {
    const { of, failed } = await examine({ ...settings, ULTID_DB_POOL_SIZE: '500' })
    assert.deepEqual(failed, ['database connections'])
    assert.match(of('database connections').advice ?? '', /max_connections .* ULTID_DB_POOL_SIZE/)
  })

  test('an object directory that cannot be written to, and a bucket that is away', async () => {
    const there = await examine({ ...settings, ULTID_OBJECTS_DIR: '/dev/null/objects' })
    assert.deepEqual(there.failed, ['objects', 'disk'])
    assert.match(there.of('objects').advice ?? '', /ULTID_OBJECTS_DIR/)
    const s3 = { ULTID_S3_ENDPOINT: 'http://127.0.0.1:1', ULTID_S3_ACCESS_KEY: 'a', ULTID_S3_SECRET_KEY: 'hunter2' }
    const away = await examine({ ...settings, ...s3 })
    assert.deepEqual(away.failed, ['objects'])
    assert.ok(!away.checks.some(({ name }) => name === 'disk'))
    assert.ok(!JSON.stringify(away).includes('hunter2'))
  })

  test('an issuer that is away, down, no issuer, or bears another name', async (t) => {
    const away = await examine({ ...settings, ULTID_OIDC_ISSUER: `http://127.0.0.1:${await freePort()}/` })
    assert.deepEqual(away.failed, ['issuer'])
    assert.match(away.of('issuer').detail, /ECONNREFUSED/)
    assert.deepEqual(
      ['issuer keys', 'clock'].map((name) => away.of(name).status),
      ['skipped', 'skipped'],
    )
    issuer.isDown = true
    t.after(() => {
      issuer.isDown = false
    })
    assert.match((await examine(settings)).of('issuer').detail, /answers 503$/)
    issuer.isDown = false
    const other = await examine({ ...settings, ULTID_OIDC_ACCEPTED_ISSUERS: 'https://id.example.test/' })
    assert.deepEqual([other.ok, other.of('issuer').status], [true, 'warning'])
  })

  test('a clock that is off, and an issuer without a key to verify with', async (t) => {
    for (const [aheadSeconds, status, detail] of [
      [-120, 'failed', /^1(19|20) s ahead of the issuer$/],
      [12, 'warning', /^1[12] s behind/],
    ] as const) {
      const skewed = await startOddIssuer(t, { aheadSeconds, keys: [] })
      // Between the issuer's look at its clock and ours a machine may stand still.
      await eventually(async () => {
        const { of } = await examine({ ...settings, ULTID_OIDC_ISSUER: skewed })
        assert.deepEqual([of('clock').status, of('issuer keys').status], [status, 'failed'])
        assert.match(of('clock').detail, detail)
      })
    }
    const symmetric = await startOddIssuer(t, { aheadSeconds: 0, keys: [{ kty: 'oct' }, { kty: 'RSA', use: 'enc' }] })
    const { of } = await examine({ ...settings, ULTID_OIDC_ISSUER: symmetric })
    assert.match(of('issuer keys').advice ?? '', /asymmetric key/)
  })

  test('a credential key that is in use and missing, and one that is not the active one', async (t) => {
    const owner = await insertPerson(database)
    const id = await insertSealedAccount(database, keyRing, owner)
    t.after(() => database.deleteFrom('mail_account').where('id', '=', id).execute())
    const other = `other:${Buffer.alloc(32, 'other').toString('base64')}`
    const active = { ...settings, MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'other' }
    const without = await examine({ ...active, MAIL_CREDENTIAL_KEYS: other })
    assert.deepEqual(without.failed, ['credential keys'])
    assert.equal(without.of('credential keys').detail, 'MAIL_CREDENTIAL_KEYS lacks "test" (2 in use)')
    const old = await examine({ ...active, MAIL_CREDENTIAL_KEYS: `${settings.MAIL_CREDENTIAL_KEYS},${other}` })
    assert.deepEqual([old.ok, old.of('credential keys').status], [true, 'warning'])
    assert.match(old.of('credential keys').advice ?? '', /ultid secrets reencrypt/)
  })

  test('an overdue secret is a finding and does not keep it from looking', async () => {
    const { of, failed } = await examine({ ...settings, ULTID_ENV: 'production' })
    assert.deepEqual(failed, ['secret rotation'])
    assert.match(of('secret rotation').detail, /MAIL_CREDENTIAL_KEY_ROTATED_AT is missing/)
  })

  test('what is no mail account is refused before anything is tried, and one that is unknown fails', async () => {
    const wrong = await ultid(['doctor', '--mail-account', 'alice@example.test'], settings)
    assert.deepEqual([wrong.code, wrong.output], [2, ''])
    assert.match(wrong.complaint, /^--mail-account takes the id of a mail account/)
    const unknown = await examine(settings, '--mail-account', crypto.randomUUID())
    assert.deepEqual(unknown.failed, ['mail account IMAP', 'mail account SMTP'])
  })

  suite('with a mail account', { skip: skipWithoutDovecot }, () => {
    let servers: Awaited<ReturnType<typeof startMailServers>>
    before(async () => {
      servers = await startMailServers()
    })
    after(() => Promise.all([servers.dovecot.close(), servers.smtp.close()]))

    test('signs in to both of its servers with what is stored', async () => {
      const owner = await insertPerson(database)
      const user = servers.dovecot.user('alice')
      const { imap, smtp } = servers.accountOf(user)
      const id = await insertSealedAccount(database, keyRing, owner)
      const sealed = (use: 'imap' | 'smtp', password: string) => keyRing.encrypt(password, secretBinding(id, use))
      const store = (password: string) =>
        database
          .updateTable('mail_account')
          .set({
            imap: JSON.stringify({ ...imap, password: undefined }),
            smtp: JSON.stringify({ ...smtp, password: undefined }),
            imap_secret: sealed('imap', password),
            smtp_secret: sealed('smtp', smtp.password),
          })
          .where('id', '=', id)
          .execute()
      const permissive = { ...settings, ULTID_ALLOW_PRIVATE_HOSTS: '127.0.0.0/8', MAIL_ALLOW_PLAINTEXT: 'true' }
      await store(user.password)
      const fine = await examine(permissive, '--mail-account', id)
      assert.deepEqual(fine.failed, [])
      assert.equal(fine.of('mail account IMAP').detail, `signed in to ${imap.host}:${imap.port}`)
      await store('hunter2')
      const refused = await examine(permissive, '--mail-account', id)
      assert.deepEqual(refused.failed, ['mail account IMAP'])
      assert.match(refused.of('mail account IMAP').detail, /refused the user name or password/)
      assert.ok(!JSON.stringify(refused).includes('hunter2'))
    })
  })

  suite('with a cache', { skip: skipWithoutRedis }, () => {
    test('writes and reads there, and says when it cannot', async (t) => {
      const redis = await startRedis()
      t.after(redis.close)
      const environment = { ...settings, ULTID_CACHE_URL: redis.url }
      assert.match((await examine(environment)).of('cache').detail, /^version \d+\.\d+/)
      await redis.kill()
      const { failed, of } = await examine(environment)
      assert.deepEqual(failed, ['cache'])
      assert.match(of('cache').detail, /ECONNREFUSED/)
      assert.match(of('cache').advice ?? '', /ULTID_CACHE_URL/)
    })
  })
})

/** An issuer with another clock and other keys. @returns its address. */
async function startOddIssuer(t: TestContext, odd: { aheadSeconds: number; keys: object[] }): Promise<Issuer['url']> {
  const server: Server = createServer((request, response) => {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const body = request.url === '/jwks' ? { keys: odd.keys } : { issuer: address, jwks_uri: `${address}/jwks` }
    response.setHeader('date', new Date(Date.now() + odd.aheadSeconds * 1000).toUTCString())
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
