import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, suite, test } from 'node:test'
import { startPhotosApp } from '../../../../test/fixtures/photos-app.ts'

suite('accounts at Immich', async () => {
  const { photos, done, uploadPicture, immich, app, ...started } = await startPhotosApp(3)
  after(started.close)
  const { records } = immich
  const userOf = (name: string) => records.users.find(({ email }) => email === `${name}@ulti.test`)
  const keysOf = (name: string) => records.keys.filter(({ userId }) => userId === userOf(name)?.id)
  /** Somebody who was at Immich before ultid. */
  function newcomer(name: string): string {
    const id = randomUUID()
    const user = { id, email: `${name}@ulti.test`, name, password: 'their own', isAdmin: false, quotaBytes: null }
    const secret = `a-key-that-${name}-made-0123456789`
    records.users.push(user)
    records.keys.push({ id: randomUUID(), userId: id, secret, permissions: ['all'] })
    return secret
  }
  /** Immich answers so, once, where `path` ends so. */
  function failOnce(path: string, status: number): void {
    immich.faults.intercept = (request, reply) => {
      if (!request.url.endsWith(path)) return false
      immich.faults.intercept = undefined
      reply.raw.writeHead(status, { 'content-type': 'application/json' }).end('{"message":"a fault"}')
      return true
    }
  }

  test('an account that ultid did not make is not taken for anybody’s; its key links it', async () => {
    const key = newcomer('grace')
    const refused = await photos('grace', 'GET', '/timeline')
    assert.deepEqual([refused.status, refused.body.code], [409, 'photos.account_exists'])
    assert.equal((await done('grace', 'GET', '/account')).state, 'made_at_first_use')
    const wrong = await photos('grace', 'PUT', '/account', { api_key: 'nothing-that-immich-knows' })
    assert.deepEqual([wrong.status, wrong.body.code], [422, 'photos.key_invalid'])
    const linked = await done('grace', 'PUT', '/account', { api_key: key })
    assert.deepEqual([linked.state, linked.origin, linked.email], ['ready', 'linked', 'grace@ulti.test'])
    await uploadPicture('grace', 'Hers.jpg', '#fa0')
    const taken = await photos('heidi', 'PUT', '/account', { api_key: key })
    assert.deepEqual([taken.status, taken.body.code], [409, 'photos.account_taken'])

    await done('grace', 'DELETE', '/account')
    assert.equal((await photos('grace', 'GET', '/timeline')).body.code, 'photos.account_exists')
    assert.equal((await photos('grace', 'DELETE', '/account')).status, 404)
    assert.equal((await done('heidi', 'PUT', '/account', { api_key: key })).email, 'grace@ulti.test')
  })

  test('what broke off while an account was made is gone on with', async () => {
    failOnce('/api-keys', 500)
    assert.equal((await photos('ivan', 'GET', '/timeline')).status, 502)
    assert.ok(userOf('ivan'))
    await done('ivan', 'GET', '/timeline')
    assert.equal(keysOf('ivan').length, 1)
    assert.equal(immich.authentication.openSessions(), 1, 'that of the attempt that broke off')
  })

  test('a key that is refused is made anew, and the request goes through', async () => {
    await done('judy', 'GET', '/timeline')
    records.keys = records.keys.filter(({ userId }) => userId !== userOf('judy')?.id)
    const [first, second] = await Promise.all([photos('judy', 'GET', '/timeline'), photos('judy', 'GET', '/albums')])
    assert.deepEqual([first.status, second.status], [200, 200])
    assert.equal(keysOf('judy').length, 1)
  })

  test('an account that was deleted at Immich is made anew', async () => {
    await done('niaj', 'GET', '/timeline')
    const id = userOf('niaj')?.id
    records.keys = records.keys.filter(({ userId }) => userId !== id)
    records.users = records.users.filter((user) => user.id !== id)
    await done('niaj', 'GET', '/timeline')
    assert.ok(userOf('niaj')?.id && userOf('niaj')?.id !== id)
    assert.equal(keysOf('niaj').length, 1)
  })

  test('a linked key that is refused is told, and takes another', async () => {
    const key = newcomer('mallory')
    await done('mallory', 'PUT', '/account', { api_key: key })
    records.keys = records.keys.filter(({ secret }) => secret !== key)
    const refused = await photos('mallory', 'GET', '/timeline')
    assert.deepEqual([refused.status, refused.body.code], [409, 'photos.key_refused'])
    records.keys.push({
      id: randomUUID(),
      userId: userOf('mallory')?.id ?? '',
      secret: key,
      permissions: ['asset.read', 'user.read'],
    })
    await done('mallory', 'PUT', '/account', { api_key: key })
    const missing = await photos('mallory', 'GET', '/albums')
    assert.deepEqual([missing.status, missing.body.code], [403, 'photos.permission_missing'])
    assert.match(missing.body.message, /album\.read/)
  })

  test('who has no address cannot be known there', async () => {
    const answer = await photos('nobody', 'GET', '/timeline')
    assert.deepEqual([answer.status, answer.body.code], [409, 'photos.no_email'])
  })

  test('an administrator’s key that Immich does not take is no fault of the person', async () => {
    const admin = records.keys.find(({ permissions }) => permissions.includes('adminUser.create'))
    const permissions = admin?.permissions.splice(0) ?? []
    const answer = await photos('peggy', 'GET', '/timeline')
    assert.deepEqual([answer.status, answer.body.code], [502, 'photos.misconfigured'])
    admin?.permissions.push(...permissions)
    await done('peggy', 'GET', '/timeline')
  })

  test('what Immich answers otherwise than it should is not passed on', async () => {
    await done('alice', 'GET', '/timeline')
    const answers = [
      [200, 'this is no JSON', 502, 'upstream_unavailable'],
      [200, '[{"month":"2024-05"}]', 502, 'upstream_unavailable'],
      [500, '{"message":"a secret of the server"}', 502, 'upstream_unavailable'],
      [503, '', 503, 'photos.maintenance'],
      [404, '<html>', 404, 'not_found'],
      [400, '{"message":"Validation failed","errors":[]}', 400, 'invalid_request_body'],
    ] as const
    for (const [status, body, expected, code] of answers) {
      immich.faults.intercept = (request, reply) => {
        if (!request.url.includes('/timeline/buckets')) return false
        reply.raw.writeHead(status, { 'content-type': 'application/json' }).end(body)
        return true
      }
      const answer = await photos('alice', 'GET', '/timeline')
      assert.deepEqual([answer.status, answer.body.code], [expected, code], body)
      assert.doesNotMatch(JSON.stringify(answer.body), /secret|html/)
    }
    immich.faults.intercept = undefined
  })

  test('Immich that is away is left alone for a while, and keeps no node from being ready', async () => {
    immich.faults.intercept = (_request, reply) => {
      reply.raw.destroy()
      return true
    }
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await photos('alice', 'GET', '/timeline')
      assert.deepEqual([answer.status, answer.body.code], [502, 'upstream_unavailable'])
    }
    const ready = await app.request('GET', '/readyz')
    assert.equal(ready.status, 200)
    assert.match(JSON.stringify(ready.body), /immich/)
    const metrics = await (await fetch(new URL('/metrics', app.url))).text()
    assert.match(metrics, /ultid_immich_circuit_state\{state="open"\} 1/)
    immich.faults.intercept = undefined
  })
})
