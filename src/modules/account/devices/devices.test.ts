import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import pg from 'pg'
import { startTestApp } from '../../../../test/harness/app.ts'
import { nextcloudSettings } from '../../../../test/harness/nextcloud.ts'

const path = '/api/v1/account/devices'

suite('device passwords', async () => {
  const app = await startTestApp({ ...(await nextcloudSettings()), ULTID_PUBLIC_URL: 'https://ulti.example.test' })
  const database = new pg.Client({ connectionString: app.databaseUrl })
  await database.connect()
  after(async () => {
    await database.end()
    await app.close()
  })
  const create = (as: string, body: object = {}, headers = {}) =>
    app.request('POST', path, { as, headers, body: { name: 'Phone', ...body } })
  const codeOf = ({ status, body }: { status: number; body: { code: string } }) => [status, body.code]

  test('is shown once with all that the device has to be told, and kept as a hash', async () => {
    const made = await create('alice', { modules: ['contacts', 'calendar'] })
    assert.deepEqual([made.status, made.headers.get('cache-control')], [201, 'no-store'])
    assert.match(made.body.password, /^([a-z2-9]{4}-){5}[a-z2-9]{4}$/)
    assert.deepEqual(
      [made.body.username, made.body.dav_url, made.body.modules],
      ['alice@example.test', 'https://ulti.example.test/dav/', ['calendar', 'contacts']],
    )
    const { rows } = await database.query(`select *, encode(password_hash, 'escape') from device_password`)
    assert.ok(!JSON.stringify(rows).includes(made.body.password))
    const { body } = await app.request('GET', path, { as: 'alice' })
    assert.deepEqual(
      body.items.map((item: object) => Object.keys(item).sort()),
      [['created_at', 'id', 'last_used_at', 'last_user_agent', 'modules', 'name']],
    )
  })

  test('made twice by one idempotency key it is one, with the same password', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() }
    const [first, again] = [await create('bob', {}, key), await create('bob', {}, key)]
    assert.deepEqual([again.status, again.body], [201, first.body])
    assert.equal((await app.request('GET', path, { as: 'bob' })).body.items.length, 1)
    assert.deepEqual(codeOf(await create('bob', { name: 'Other' }, key)), [422, 'idempotency_key_reused'])
    const { rows } = await database.query('select * from idempotency_key')
    assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(first.body.password))
  })

  test('are listed page by page, revoked by their owner alone, and both are in the audit log', async () => {
    const ids: string[] = []
    for (const name of ['One', 'Two', 'Three']) ids.unshift((await create('carol', { name })).body.id)
    const first = (await app.request('GET', `${path}?limit=2`, { as: 'carol' })).body
    const rest = (await app.request('GET', `${path}?limit=2&cursor=${first.next_cursor}`, { as: 'carol' })).body
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ id }: { id: string }) => id),
      ids,
    )
    assert.equal(rest.next_cursor, null)
    assert.deepEqual(codeOf(await app.request('DELETE', `${path}/${ids[0]}`, { as: 'bob' })), [404, 'not_found'])
    assert.equal((await app.request('DELETE', `${path}/${ids[0]}`, { as: 'carol' })).status, 204)
    assert.deepEqual(codeOf(await app.request('DELETE', `${path}/${ids[0]}`, { as: 'carol' })), [404, 'not_found'])
    const { rows } = await database.query('select action from audit_entry where target = $1 order by id', [ids[0]])
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['account.device_created', 'account.device_revoked'],
    )
  })

  test('a personal token makes none, a hundred are the most, and what it opens has to exist', async () => {
    const token = await app.request('POST', '/api/v1/account/tokens', {
      as: 'dora',
      body: { name: 'program', permissions: ['account:read', 'account:write'] },
    })
    const headers = { authorization: `Bearer ${token.body.token}` }
    assert.deepEqual(codeOf(await app.request('POST', path, { headers, body: { name: 'Phone' } })), [
      403,
      'auth.forbidden',
    ])
    for (const body of [{ modules: ['mail'] }, { modules: [] }, { name: '' }]) {
      assert.deepEqual(codeOf(await create('dora', body)), [400, 'invalid_request_body'])
    }
    await create('dora')
    await database.query(
      `insert into device_password (owner_id, id, password_hash, name, modules)
       select owner_id, gen_random_uuid(), sha256(number::text::bytea), 'Many', modules
       from device_password, generate_series(1, 99) as number
       where owner_id = (select owner_id from audit_entry where action = 'account.device_created' order by id desc limit 1)`,
    )
    assert.deepEqual(codeOf(await create('dora')), [409, 'account.too_many_devices'])
  })
})
