import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import pg from 'pg'
import { startTestApp } from '../../../../test/harness/app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { connectSocket } from '../../../../test/harness/socket-client.ts'
import { startStopwatch } from '../../../../test/harness/stopwatch.ts'

const path = '/api/v1/account/tokens'

suite('personal access tokens', async () => {
  const app = await startTestApp()
  const node = await startTestApp({ ULTID_DB_URL: app.databaseUrl, ULTID_OIDC_ISSUER: app.issuer.url })
  const database = new pg.Client({ connectionString: app.databaseUrl })
  await database.connect()
  after(async () => {
    await database.end()
    await node.close()
    await app.close()
  })
  const create = (as: string, body: object = {}, headers = {}) =>
    app.request('POST', path, { as, headers, body: { name: 'program', permissions: ['account:read'], ...body } })
  const by = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
  const codeOf = ({ status, body }: { status: number; body: { code: string } }) => [status, body.code]

  test('is shown once, kept as a hash, and lets a program in for what it was given', async () => {
    const made = await create('alice', { name: 'backup', permissions: ['mail:read', 'account:read', 'mail:read'] })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    assert.match(made.body.token, /^ulti_pat_[A-Za-z0-9_-]{64}[0-9a-f]{8}$/)
    assert.deepEqual(made.body.permissions, ['account:read', 'mail:read'])
    const { rows } = await database.query('select * from personal_token')
    assert.ok(!JSON.stringify(rows).includes(made.body.token))
    const listed = (await app.request('GET', path, { as: 'alice' })).body.items
    assert.deepEqual(
      listed.map(({ name, token }: { name: string; token?: string }) => [name, token]),
      [['backup', undefined]],
    )

    const who = await app.request('GET', '/api/v1/account/', by(made.body.token))
    assert.deepEqual(
      [who.status, who.body.credential, who.body.permissions],
      [200, 'personal_token', ['account:read', 'mail:read']],
    )
    assert.deepEqual(
      codeOf(await app.request('PATCH', '/api/v1/account/', { ...by(made.body.token), body: { locale: 'fr' } })),
      [403, 'auth.forbidden'],
    )
    assert.deepEqual(codeOf(await app.request('GET', '/api/v1/account/session', by(made.body.token))), [
      404,
      'not_found',
    ])
  })

  test('its last use is kept, to the minute', async () => {
    const made = await create('bob')
    await app.request('GET', '/api/v1/account/', by(made.body.token))
    const used = await eventually(async () => {
      const [token] = (await app.request('GET', path, { as: 'bob' })).body.items
      assert.ok(token.last_used_at)
      return token.last_used_at
    })
    await node.request('GET', '/api/v1/account/', by(made.body.token))
    const [token] = (await app.request('GET', path, { as: 'bob' })).body.items
    assert.equal(token.last_used_at, used)
  })

  test('revoked, it stops within a second on every node, and its sockets end', async () => {
    const made = await create('carol', { permissions: ['account:read', 'realtime:read'] })
    const use = () => node.request('GET', '/api/v1/account/', by(made.body.token))
    const socket = await connectSocket(app.url, { token: made.body.token })
    assert.equal((await use()).status, 200)
    assert.equal((await app.request('DELETE', `${path}/${made.body.id}`, { as: 'carol' })).status, 204)
    const sinceRevocation = startStopwatch()
    assert.equal(await socket.closed, 4001)
    await eventually(async () => assert.deepEqual(codeOf(await use()), [401, 'auth.invalid_token']), {
      timeoutMs: 1000,
    })
    assert.ok(sinceRevocation.elapsedMs() < 1000)
    assert.deepEqual(codeOf(await app.request('DELETE', `${path}/${made.body.id}`, { as: 'carol' })), [
      404,
      'not_found',
    ])
    const { rows } = await database.query('select action from audit_entry where target = $1 order by id', [
      made.body.id,
    ])
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['account.token_created', 'account.token_revoked'],
    )
  })

  test('never does more than its owner still may', async () => {
    const token = await app.issuer.token({
      sub: 'dora',
      groups: ['ulti-admins'],
      iat: Math.floor(Date.now() / 1000) - 60,
    })
    const body = { name: 'admin', permissions: ['admin', 'account:read'] }
    const made = await app.request('POST', path, { ...by(token), body })
    const permissions = async () =>
      (await node.request('GET', '/api/v1/account/', by(made.body.token))).body.permissions
    assert.deepEqual(await permissions(), ['account:read', 'admin'])
    await app.request('GET', '/api/v1/account/', by(await app.issuer.token({ sub: 'dora', groups: [] })))
    await eventually(async () => assert.deepEqual(await permissions(), ['account:read']), { timeoutMs: 1500 })
    // An older token, still valid, does not bring the group back.
    const jti = crypto.randomUUID()
    const old = { sub: 'dora', groups: ['ulti-admins'], jti, iat: Math.floor(Date.now() / 1000) - 60 }
    await app.request('GET', '/api/v1/account/', by(await app.issuer.token(old)))
    assert.deepEqual(await permissions(), ['account:read'])
  })

  test('cannot be given what its owner lacks, nor an end in the past', async () => {
    assert.deepEqual(codeOf(await create('eve', { permissions: ['admin'] })), [422, 'account.permission_not_owned'])
    assert.deepEqual(codeOf(await create('eve', { permissions: ['nonsense'] })), [422, 'account.permission_not_owned'])
    assert.deepEqual(codeOf(await create('eve', { permissions: [] })), [400, 'invalid_request_body'])
    assert.deepEqual(codeOf(await create('eve', { expires_at: '2020-01-01T00:00:00Z' })), [400, 'invalid_request_body'])
  })

  test('ends when it expires', async () => {
    const made = await create('frank', { expires_at: new Date(Date.now() + 3_600_000).toISOString() })
    assert.equal((await app.request('GET', '/api/v1/account/', by(made.body.token))).status, 200)
    await database.query('update personal_token set expires_at = now() where id = $1', [made.body.id])
    await eventually(async () => {
      const answer = await app.request('GET', '/api/v1/account/', by(made.body.token))
      assert.deepEqual(codeOf(answer), [401, 'auth.expired_token'])
    })
  })

  test('cannot make another', async () => {
    const made = await create('grace', { permissions: ['account:write', 'account:read'] })
    const body = { name: 'child', permissions: ['account:read'] }
    assert.deepEqual(codeOf(await app.request('POST', path, { ...by(made.body.token), body })), [403, 'auth.forbidden'])
  })

  test('made twice by one idempotency key is one token, whose secret is not kept in the clear', async () => {
    const headers = { 'idempotency-key': 'once' }
    const [first, second] = [await create('heidi', {}, headers), await create('heidi', {}, headers)]
    assert.deepEqual(second.body, first.body)
    assert.equal((await app.request('GET', path, { as: 'heidi' })).body.items.length, 1)
    const { rows } = await database.query('select answer from idempotency_key')
    assert.ok(!JSON.stringify(rows).includes(first.body.token))
  })

  test("another person's token is not there", async () => {
    const made = await create('ivan')
    assert.deepEqual(codeOf(await app.request('DELETE', `${path}/${made.body.id}`, { as: 'judy' })), [404, 'not_found'])
    assert.equal((await app.request('GET', '/api/v1/account/', by(made.body.token))).status, 200)
  })

  test('altered, made up or cut short it is refused', async () => {
    const { token } = (await create('ken')).body
    const owner = token.slice(0, 'ulti_pat_'.length + 20)
    const made = [
      token.slice(0, -1),
      `${token}0`,
      token.replace(/.$/, (last: string) => (last === '0' ? '1' : '0')),
      'ulti_pat_x',
      owner,
    ]
    for (const wrong of made) {
      assert.deepEqual(
        codeOf(await app.request('GET', '/api/v1/account/', by(wrong))),
        [401, 'auth.invalid_token'],
        wrong,
      )
    }
  })
})
