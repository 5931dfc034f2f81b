import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, suite, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { insertPerson, insertSealedAccount, insertSession } from '../../test/fixtures/sealed-rows.ts'
import { settingsFor, testKey, ultid, ultidProcess } from '../../test/harness/command-line.ts'
import { openTestDatabase } from '../../test/harness/open-database.ts'
import { allSealedColumns } from '../app.ts'
import { secretBinding } from '../modules/mail/accounts/connections.ts'
import { createKeyRing } from '../platform/secrets/key-ring.ts'
import { reencrypt, requireKeysInUse } from '../platform/secrets/sealed-columns.ts'

const newKey = randomBytes(32)
const keys = new Map([
  ['test', testKey],
  ['new', newKey],
])
const oldRing = createKeyRing(keys, 'test')
const newRing = createKeyRing(keys, 'new')
const pair = (id: string, key: Buffer) => `${id}:${key.toString('base64')}`

async function start(t: TestContext, accounts: number) {
  const opened = await openTestDatabase()
  t.after(opened.close)
  const { database } = opened
  const owner = await insertPerson(database)
  const ids: string[] = []
  for (let i = 0; i < accounts; i++) ids.push(await insertSealedAccount(database, oldRing, owner))
  const secretsOf = async (id: string) =>
    database
      .selectFrom('mail_account')
      .select(['imap_secret', 'smtp_secret'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  const keysInUse = async () => {
    const rows = await database.selectFrom('mail_account').select(['imap_secret', 'smtp_secret']).execute()
    return new Set(rows.flatMap((row) => Object.values(row)).map((value) => newRing.keyIdOf(value ?? '')))
  }
  const environment = {
    ...settingsFor(opened.url),
    MAIL_CREDENTIAL_KEYS: `${pair('test', testKey)},${pair('new', newKey)}`,
    MAIL_ACTIVE_CREDENTIAL_KEY_ID: 'new',
  }
  return { ...opened, owner, ids, secretsOf, keysInUse, environment }
}

suite('ultid secrets reencrypt', () => {
  test('moves passwords and sessions to the active key, which still opens to what was sealed', async (t) => {
    const { database, owner, ids, secretsOf, keysInUse, environment } = await start(t, 3)
    const session = await insertSession(database, owner, 'refresh', oldRing)
    await insertSession(database, owner, null, oldRing)
    const { code, output, complaint } = await ultidProcess(['secrets', 'reencrypt'], environment)
    assert.deepEqual([code, complaint], [0, ''])
    assert.match(output, /\d of 7\n[\s\S]*all 7 use the key "new" now\n$/)
    assert.deepEqual(await keysInUse(), new Set(['new']))
    const onlyNew = createKeyRing(new Map([['new', newKey]]), 'new')
    for (const id of ids) {
      const { imap_secret, smtp_secret } = await secretsOf(id)
      assert.equal(onlyNew.decrypt(imap_secret ?? '', secretBinding(id, 'imap')), `imap of ${id}`)
      assert.equal(onlyNew.decrypt(smtp_secret ?? '', secretBinding(id, 'smtp')), `smtp of ${id}`)
    }
    const { refresh_token } = await database
      .selectFrom('session')
      .select('refresh_token')
      .where('id', '=', session)
      .executeTakeFirstOrThrow()
    assert.equal(onlyNew.decrypt(refresh_token ?? '', `session:${session}`), 'refresh')
    const again = await ultid(['secrets', 'reencrypt'], environment)
    assert.deepEqual([again.code, again.output], [0, 'everything uses the key "new" already\n'])
  })

  test('a value that does not open keeps none of the others, and is named', async (t) => {
    const { database, ids, keysInUse, environment } = await start(t, 3)
    const [broken = ''] = ids
    const torn = oldRing.encrypt('imap of another', 'another row')
    await database.updateTable('mail_account').set({ imap_secret: torn }).where('id', '=', broken).execute()
    const { code, complaint } = await ultid(['secrets', 'reencrypt'], environment)
    assert.equal(code, 1)
    assert.match(complaint, new RegExp(`^mail_account.imap_secret of ${broken}: .*\n1 could not be opened and stay`))
    assert.deepEqual(await keysInUse(), new Set(['new', 'test']))
    const left = await database
      .selectFrom('mail_account')
      .select('id')
      .where('imap_secret', 'like', 'v1.test.%')
      .execute()
    assert.deepEqual(left, [{ id: broken }])
  })

  test('a key that is missing says so of what it sealed, and nothing is harmed', async (t) => {
    const { ids, secretsOf, environment } = await start(t, 1)
    const before = await secretsOf(ids[0] ?? '')
    const { code, complaint } = await ultid(['secrets', 'reencrypt'], {
      ...environment,
      MAIL_CREDENTIAL_KEYS: pair('new', newKey),
    })
    assert.equal(code, 1)
    assert.match(complaint, /The credential key "test" is not in MAIL_CREDENTIAL_KEYS; put it back/)
    assert.doesNotMatch(complaint, /\n +at /)
    assert.deepEqual(await secretsOf(ids[0] ?? ''), before)
  })

  test('what changes, comes and goes meanwhile is neither lost nor left behind', async (t) => {
    const { database, owner, ids, secretsOf, keysInUse } = await start(t, 450)
    const deps = { database, keyRing: newRing, activeKeyId: 'new' }
    let isDone = false
    const changed = new Set<string>()
    // A node that was not restarted yet: what it writes is sealed with the earlier key.
    const others = (async () => {
      for (let i = 0; !isDone; i++) {
        const id = ids[Math.floor(Math.random() * ids.length)] ?? ''
        const sealed = oldRing.encrypt(`changed ${id}`, secretBinding(id, 'imap'))
        await database.updateTable('mail_account').set({ imap_secret: sealed }).where('id', '=', id).execute()
        changed.add(id)
        if (i === 20) ids.push(await insertSealedAccount(database, oldRing, owner))
        if (i === 30)
          await database
            .deleteFrom('mail_account')
            .where('id', '=', ids.pop() ?? '')
            .execute()
      }
    })()
    const first = await reencrypt(deps, allSealedColumns, () => undefined)
    isDone = true
    await others
    assert.deepEqual(first.unopened, [])
    const last = await reencrypt(deps, allSealedColumns, () => undefined)
    assert.equal(last.left, 0)
    assert.deepEqual(await keysInUse(), new Set(['new']))
    assert.ok(changed.size > 5)
    for (const id of ids) {
      const expected = changed.has(id) ? `changed ${id}` : `imap of ${id}`
      assert.equal(newRing.decrypt((await secretsOf(id)).imap_secret ?? '', secretBinding(id, 'imap')), expected)
    }
  })

  test('an interrupted run is gone on with, from where it was', async (t) => {
    const { database, keysInUse } = await start(t, 250)
    const deps = { database, keyRing: newRing, activeKeyId: 'new' }
    const interrupted = reencrypt(deps, allSealedColumns, () => {
      throw new Error('killed')
    })
    await assert.rejects(interrupted, /killed/)
    assert.deepEqual(await keysInUse(), new Set(['test', 'new']))
    const { moved, left } = await reencrypt(deps, allSealedColumns, () => undefined)
    assert.deepEqual([moved, left], [300, 0])
    assert.deepEqual(await keysInUse(), new Set(['new']))
  })

  test('a node that goes on sealing with an earlier key is told of', async (t) => {
    const { database, ids, environment } = await start(t, 1)
    const sealed = oldRing.encrypt('again', secretBinding(ids[0] ?? '', 'imap'))
    await sql`create function meddle() returns trigger language plpgsql as $$
      begin new.imap_secret := ${sql.lit(sealed)}; return new; end $$`.execute(database)
    await sql`create trigger meddle before update on mail_account for each row execute function meddle()`.execute(
      database,
    )
    const { code, complaint } = await ultid(['secrets', 'reencrypt'], environment)
    assert.equal(code, 1)
    assert.match(
      complaint,
      /1 use another key again: some node still seals with it\. Make "new" the active key of every/,
    )
  })
})

suite('a credential key that is still in use', () => {
  test('is missed at the start, with how many need it, and the process ends with 1', async (t) => {
    const { database, owner, environment } = await start(t, 2)
    await insertSession(database, owner, 'refresh', oldRing)
    const without = { ...environment, MAIL_CREDENTIAL_KEYS: pair('new', newKey) }
    const { code, complaint } = await ultidProcess(['serve'], { ...without, ULTID_PORT: '0', ULTID_LOG_LEVEL: 'error' })
    assert.equal(code, 1)
    assert.match(
      complaint,
      /^MAIL_CREDENTIAL_KEYS lacks "test" \(5 in use\)\. Put it back, run "ultid secrets reencrypt"/m,
    )
    assert.doesNotMatch(complaint, /\n +at /)
    assert.deepEqual(await database.selectFrom('node').select('id').execute(), [])
  })

  test('may be removed once nothing uses it', async (t) => {
    const { database } = await start(t, 2)
    await assert.rejects(requireKeysInUse(database, allSealedColumns, new Set(['new'])), /"test" \(4 in use\)/)
    await reencrypt({ database, keyRing: newRing, activeKeyId: 'new' }, allSealedColumns, () => undefined)
    await requireKeysInUse(database, allSealedColumns, new Set(['new']))
  })
})

suite('ultid secrets', async () => {
  const opened = await openTestDatabase()
  after(opened.close)
  const settings = settingsFor(opened.url)
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

  test('status tells each secret its age, and ends with 1 for one that is overdue or has no date', async () => {
    const production = { ...settings, ULTID_ENV: 'production', ULTID_OIDC_CLIENT_SECRET: 'hunter2' }
    const [young, old] = [daysAgo(10), daysAgo(100)]
    const fine = await ultid(['secrets', 'status'], {
      ...{ ...production, MAIL_CREDENTIAL_KEY_ROTATED_AT: young, ULTID_OIDC_CLIENT_SECRET_ROTATED_AT: young },
    })
    assert.equal(fine.code, 0, fine.complaint)
    assert.match(fine.output, new RegExp(`^MAIL_CREDENTIAL_KEYS: changed ${young}, due in (79|80) days`, 'm'))
    const overdue = await ultid(['secrets', 'status'], { ...production, MAIL_CREDENTIAL_KEY_ROTATED_AT: old })
    assert.equal(overdue.code, 1)
    assert.match(overdue.output, /^MAIL_CREDENTIAL_KEYS: changed \S+, overdue for (10|11) days/m)
    assert.match(overdue.output, /^ULTID_OIDC_CLIENT_SECRET: nobody wrote down when it was changed$/m)
    assert.match(overdue.complaint, /set MAIL_CREDENTIAL_KEY_ROTATED_AT to today/)
    assert.match(overdue.complaint, /ULTID_OIDC_CLIENT_SECRET_ROTATED_AT is missing/)
    assert.doesNotMatch(overdue.output + overdue.complaint, /hunter2/)
  })

  test('generate-key prints a pair that MAIL_CREDENTIAL_KEYS takes, another each time', async () => {
    const [one, other] = await Promise.all([ultid(['secrets', 'generate-key']), ultid(['secrets', 'generate-key'])])
    const pairs = [one, other].map(({ output }) => output.trim())
    assert.notEqual(pairs[0]?.split(':')[0], pairs[1]?.split(':')[0])
    const active = pairs[0]?.split(':')[0] ?? ''
    const environment = { ...settings, MAIL_CREDENTIAL_KEYS: pairs.join(','), MAIL_ACTIVE_CREDENTIAL_KEY_ID: active }
    assert.equal((await ultid(['config', 'check'], environment)).code, 0)
  })

  test('anything else is told what there is', async () => {
    for (const args of [[], ['constructor'], ['status', 'now'], ['toString']]) {
      const { code, complaint } = await ultid(['secrets', ...args])
      assert.deepEqual([code, complaint], [2, 'Say what to do: ultid secrets status, generate-key or reencrypt\n'])
    }
  })
})
