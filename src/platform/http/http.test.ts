import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import { startTestApp } from '../../../test/harness/app.ts'

suite('the HTTP edge', async () => {
  const app = await startTestApp()
  after(() => app.close())
  // Any route that takes a JSON body.
  const post = (body: string, headers: Record<string, string> = {}) =>
    app.request('POST', '/api/v1/mail/accounts', { as: 'alice', body, headers })

  /** What the server answers to these bytes, whole. */
  async function raw(request: string): Promise<{ status: number; head: string; body: string }> {
    const { hostname, port } = new URL(app.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.end(request)
    const answer = await text(socket)
    const [head = '', ...body] = answer.split('\r\n\r\n')
    return { status: Number(head.split(' ')[1]), head, body: body.join('\r\n\r\n') }
  }
  const errorOf = ({ status, body }: { status: number; body: { code: string } }) => [status, body.code]

  test('a body of 300 KB is too large, whether or not its size is announced', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(300_000) })
    assert.deepEqual(errorOf(await post(body)), [400, 'request_body_too_large'])
    const streamed = await fetch(`${app.url}/api/v1/mail/accounts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await app.token('alice')}`, 'content-type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    })
    assert.deepEqual(
      [streamed.status, ((await streamed.json()) as { code: string }).code],
      [400, 'request_body_too_large'],
    )
  })

  test('every error has code, message and trace_id, the last also in X-Request-Id, each its own', async () => {
    const answers = [
      await post('{'),
      await app.request('GET', '/api/v1/nowhere', { as: 'alice' }),
      await app.request('GET', '/api/v1/mail/accounts'),
    ]
    for (const { body, headers } of answers) {
      assert.match(body.trace_id, /^req_[0-9A-HJKMNP-TV-Z]{26}$/)
      assert.equal(headers.get('x-request-id'), body.trace_id)
      assert.equal(typeof body.message, 'string')
      assert.match(headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
    }
    assert.equal(new Set(answers.map(({ body }) => body.trace_id)).size, answers.length)
  })

  test('a request id of the client is not taken over', async () => {
    const { headers } = await app.request('GET', '/healthz', { headers: { 'x-request-id': 'evil\tid' } })
    assert.match(headers.get('x-request-id') ?? '', /^req_/)
  })

  test('malformed JSON, a wrong content type and an unknown query parameter are named', async () => {
    const broken = await post('{"email": ')
    assert.deepEqual(errorOf(broken), [400, 'invalid_request_body'])
    assert.equal(broken.body.details[0].path, 'body')
    const xml = await post('<a/>', { 'content-type': 'application/xml' })
    assert.deepEqual(errorOf(xml), [400, 'invalid_request_body'])
    assert.equal(xml.body.details[0].path, 'headers.content-type')
    const unknown = await app.request('GET', '/healthz?verbose=1')
    assert.deepEqual(errorOf(unknown), [400, 'invalid_request_body'])
    assert.deepEqual(unknown.body.details, [{ path: 'querystring.verbose', message: 'is not known here' }])
  })

  test('what is nowhere, in whatever method, is not found', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'SEARCH']) {
      assert.deepEqual(errorOf(await app.request(method, '/api/v1/nowhere')), [404, 'not_found'], method)
    }
    assert.equal((await raw('GET //healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).status, 404)
  })

  test('what takes other methods says which, though the path look like one with an id in it', async () => {
    const health = await app.request('PUT', '/healthz')
    assert.deepEqual(errorOf(health), [405, 'method_not_allowed'])
    assert.equal(health.headers.get('allow'), 'GET, HEAD')
    assert.equal(health.body.message, 'PUT is not possible at /healthz; use GET or HEAD.')
    const discovery = await app.request('GET', '/api/v1/mail/accounts/discovery?x=1', { as: 'alice' })
    assert.deepEqual(errorOf(discovery), [405, 'method_not_allowed'])
    assert.equal(discovery.headers.get('allow'), 'POST')
    assert.ok(!discovery.body.message.includes('id'))
    assert.equal((await app.request('GET', '/api/v1/mail/accounts/discovery')).status, 401)
    const account = await app.request('GET', '/api/v1/mail/accounts/nonsense', { as: 'alice' })
    assert.deepEqual(errorOf(account), [400, 'invalid_request_body'])
  })

  test('HEAD answers as GET does, without a body, and asks for the same token', async () => {
    const health = await raw('HEAD /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    assert.deepEqual([health.status, health.body], [200, ''])
    assert.equal((await app.request('HEAD', '/api/v1/mail/accounts')).status, 401)
    assert.equal((await app.request('HEAD', '/api/v1/nowhere')).status, 404)
    assert.equal((await app.request('HEAD', '/ws')).status, 401)
  })

  test('a preflight from an unknown origin is granted nothing', async () => {
    const { headers, status } = await app.request('OPTIONS', '/api/v1/mail/accounts', {
      headers: { origin: 'https://evil.example.test', 'access-control-request-method': 'POST' },
    })
    assert.equal(headers.get('access-control-allow-origin'), null)
    assert.ok(status < 500)
    assert.ok((await app.request('OPTIONS', '*')).status < 500)
  })

  test('a malformed path is an error in the house form', async () => {
    for (const path of ['/%', '/healthz/%zz', '/api/v1/mail/messages/%c0%ae', '/%ff']) {
      const { status, head, body } = await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
      const { code, trace_id } = JSON.parse(body)
      assert.ok(status === 400 || status === 404, path)
      assert.equal(code, status === 400 ? 'invalid_request_body' : 'not_found')
      assert.ok(head.includes(trace_id), path)
    }
  })

  test('an address or a header that is far too long is refused', async () => {
    for (const request of [
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
      `GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`,
      `GET /healthz?${'a'.repeat(20_000)}=1 HTTP/1.1\r\nhost: x\r\n\r\n`,
    ]) {
      const { status, head, body } = await raw(request)
      const { code, trace_id } = JSON.parse(body)
      assert.deepEqual([status, code], [400, 'invalid_request_body'])
      assert.ok(head.includes(trace_id))
    }
    const long = await app.request('GET', `/api/v1/mail/messages/${'a'.repeat(6000)}`, { as: 'alice' })
    assert.ok([400, 404].includes(long.status))
    assert.equal(typeof long.body.trace_id, 'string')
  })

  test('what is no HTTP is answered as such and cut off', async () => {
    for (const request of [
      'hello\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'FROB / HTTP/1.1\r\nhost: x\r\n\r\n',
      '\x16\x03\x01\r\n\r\n',
    ]) {
      const { status, body } = await raw(request)
      assert.deepEqual([status, JSON.parse(body).code], [400, 'invalid_request_body'], request)
    }
    const smuggled =
      'POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
    assert.equal((await raw(smuggled)).status, 400)
  })

  test('a body shorter than announced ends with its connection and harms nobody', async () => {
    await raw(
      'POST /api/v1/mail/accounts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    )
    assert.equal((await app.request('GET', '/healthz')).status, 200)
  })

  test('without a token, with a broken header and with an old token each is told its own', async () => {
    const path = '/api/v1/mail/accounts'
    const missing = await app.request('GET', path)
    assert.deepEqual(errorOf(missing), [401, 'auth.missing_token'])
    assert.equal(missing.headers.get('www-authenticate'), 'Bearer')
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer ü', 'Bearer a.b.c']) {
      const { status, body, headers } = await app.request('GET', path, { headers: { authorization } })
      assert.deepEqual([status, body.code], [401, 'auth.invalid_token'], authorization)
      assert.equal(headers.get('www-authenticate'), 'Bearer error="invalid_token"')
    }
    const old = await app.issuer.token({ sub: 'alice' }, { expiresInSeconds: -1 })
    const expired = await app.request('GET', path, { headers: { authorization: `Bearer ${old}` } })
    assert.deepEqual(errorOf(expired), [401, 'auth.expired_token'])
  })

  test('the process is healthy, and ready with each thing that it needs named', async () => {
    assert.deepEqual((await app.request('GET', '/healthz')).body, { status: 'ok' })
    const { status, body } = await app.request('GET', '/readyz')
    assert.deepEqual([status, body.status], [200, 'ready'])
    for (const name of ['database', 'cache', 'objects']) assert.equal(body.checks[name].status, 'ok', name)
  })

  test('metrics count routes by their template, never by what a client made up', async () => {
    await app.request('GET', '/made-up-by-a-client', {})
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    assert.match(metrics, /ultid_http_request_duration_seconds_count\{route="\/healthz",method="GET",status="200"\} \d/)
    assert.ok(!metrics.includes('made-up'))
  })
})
