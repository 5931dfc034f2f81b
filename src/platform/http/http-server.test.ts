import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import { createLog } from '../observability/log.ts'
import { createMetrics } from '../observability/metrics.ts'
import { createHttpServer } from './server.ts'

const log = createLog({ level: 'silent', format: 'json' })
const server = () => createHttpServer({ log, metrics: createMetrics() })
const schema = { summary: 'A test', response: { 200: Type.Object({ ok: Type.Boolean() }) } }
const config = { permission: 'public' } as const

/** What a route answers that throws `thrown`. */
async function answerTo(thrown: unknown) {
  const http = server()
  http.get('/throw', { schema, config }, () => {
    throw thrown
  })
  const answer = await http.inject('/throw')
  assert.equal(answer.headers['x-request-id'], answer.json().trace_id)
  return { status: answer.statusCode, headers: answer.headers, body: answer.json(), text: answer.payload }
}

suite('what a route throws', () => {
  test('an AppError answers its status, code, message and details', async () => {
    const details = [{ path: 'body.name', message: 'is taken' }]
    const { status, body } = await answerTo(new AppError('conflict', 'name_taken', 'Choose another.', { details }))
    assert.equal(status, 409)
    const { trace_id, ...rest } = body
    assert.deepEqual(rest, { code: 'name_taken', message: 'Choose another.', details })
    assert.match(trace_id, /^req_[0-9A-HJKMNP-TV-Z]{26}$/)
  })

  test('each kind has its status, and 429 and 503 say when to come back', async () => {
    const statuses = { invalid: 400, unauthenticated: 401, forbidden: 403, not_found: 404, precondition_failed: 412 }
    const others = { unprocessable: 422, internal: 500, upstream_unavailable: 502, upstream_timeout: 504 }
    for (const [kind, status] of Object.entries({ ...statuses, ...others })) {
      assert.equal((await answerTo(new AppError(kind as 'invalid', 'code', 'Message.'))).status, status, kind)
    }
    for (const kind of ['rate_limited', 'unavailable'] as const) {
      const { headers } = await answerTo(new AppError(kind, 'code', 'Message.', { retryAfterSeconds: 1.2 }))
      assert.equal(headers['retry-after'], '2')
    }
  })

  test('anything else answers internal_error and nothing of what it was', async () => {
    const secret = 'password=hunter2 at upstream'
    const thrown: [string, unknown][] = [
      ['an error', new Error(secret)],
      ['an upstream error with a status', Object.assign(new Error(secret), { statusCode: 404, status: 404 })],
      ['an upstream error with a code', Object.assign(new Error(secret), { statusCode: 401, code: 'EAUTH' })],
      [
        'an internal AppError',
        new AppError('internal', 'secret', secret, { details: [{ path: secret, message: '' }] }),
      ],
      ['a text', secret],
      ['null', null],
      ['nothing', undefined],
      ['an object', { statusCode: 400, message: secret }],
    ]
    for (const [what, error] of thrown) {
      const { status, body, text } = await answerTo(error)
      assert.equal(status, 500, what)
      assert.deepEqual(Object.keys(body).sort(), ['code', 'message', 'trace_id'], what)
      assert.equal(body.code, 'internal_error', what)
      assert.ok(!text.includes('hunter2'), what)
    }
  })

  test('an answer that breaks its own schema is an internal error', async () => {
    const http = server()
    http.get('/missing', { schema, config }, async () => ({}) as never)
    assert.equal((await http.inject('/missing')).statusCode, 500)
    assert.equal((await http.inject('/missing')).json().code, 'internal_error')
  })

  test('a connection to the database that was lost under a request is worth another try', async () => {
    for (const error of [
      Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
      new Error('Connection terminated unexpectedly'),
    ]) {
      const { status, body, headers } = await answerTo(error)
      assert.deepEqual([status, body.code], [503, 'unavailable'])
      assert.ok(Number(headers['retry-after']) > 0)
    }
  })
})

suite('the rules that routes are held to', () => {
  const refused = (what: string, options: object, expected: RegExp) =>
    test(`a route ${what} fails the start`, () => {
      assert.throws(() => server().get('/route', options, async () => ({ ok: true })), expected)
    })
  refused('without a permission', { schema }, /GET \/route declares no permission/)
  refused('without a permission that hides', { schema: { ...schema, hide: true } }, /declares no permission/)
  refused('without a summary', { schema: { response: schema.response }, config }, /GET \/route has no summary/)
  refused('without a response schema', { schema: { summary: 'x' }, config }, /GET \/route has no response schema/)

  test('a request schema of several objects in one fails the start', () => {
    const body = Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.String() })])
    assert.throws(
      () => server().post('/route', { schema: { ...schema, body }, config }, async () => ({ ok: true })),
      /allOf/,
    )
  })
})

suite('what requests may hold', async () => {
  const http = server()
  const Address = Type.Object({ email: Type.String(), name: Type.Optional(Type.String()) })
  const body = Type.Object({
    count: Type.Integer({ minimum: 1 }),
    to: Type.Optional(Type.Array(Address)),
    from: Type.Optional(Type.Union([Address, Type.Null()])),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    free: Type.Optional(Type.Unknown()),
  })
  const querystring = Type.Object({
    limit: Type.Optional(Type.Integer({ maximum: 10 })),
    is_read: Type.Optional(Type.Boolean()),
    text: Type.Optional(Type.String()),
  })
  http.post('/things/:id', { schema: { ...schema, body, querystring }, config }, async () => ({ ok: true }))
  const post = async (payload: unknown, url = '/things/1') => {
    const isRaw = typeof payload === 'string'
    const answer = await http.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      payload: isRaw ? payload : JSON.stringify(payload),
    })
    return { status: answer.statusCode, code: answer.json().code, paths: pathsOf(answer.json().details) }
  }
  const pathsOf = (details: { path: string }[] | undefined) => details?.map(({ path }) => path)
  const invalid = (...paths: string[]) => ({ status: 400, code: 'invalid_request_body', paths })

  test('a body that fits is taken', async () => {
    const fitting = { count: 1, to: [{ email: 'a' }], from: null, labels: { any: 'thing' }, free: { any: ['thing'] } }
    assert.equal((await post(fitting)).status, 200)
    assert.equal((await post({ count: 1 }, '/things/1?limit=5&is_read=true')).status, 200)
  })

  test('each fault of a body is named by its path', async () => {
    const faults: [unknown, string][] = [
      [{ count: '1' }, 'body.count'],
      [{ count: 1.5 }, 'body.count'],
      [{ count: 0 }, 'body.count'],
      [{}, 'body.count'],
      [{ count: 1, extra: 1 }, 'body.extra'],
      [{ count: 1, to: [{ email: 'a' }, { email: 'a', extra: 1 }] }, 'body.to.1.extra'],
      [{ count: 1, to: [{ name: 'a' }] }, 'body.to.0.email'],
      [{ count: 1, to: { email: 'a' } }, 'body.to'],
      [[], 'body'],
      ['null', 'body'],
      ['"text"', 'body'],
      ['{"count": 1,}', 'body'],
      ['', 'body'],
      ['{"count": 1, "__proto__": {"a": 1}}', 'body'],
      ['{"count": 1, "constructor": {"prototype": {}}}', 'body'],
    ]
    for (const [payload, path] of faults) assert.deepEqual(await post(payload), invalid(path), JSON.stringify(payload))
    assert.equal((await post({ count: 1, from: { email: 'a', extra: 1 } })).status, 400)
  })

  test('each fault of a query is named by its path', async () => {
    const faults: [string, string][] = [
      ['limit=eleven', 'querystring.limit'],
      ['limit=11', 'querystring.limit'],
      ['limit=', 'querystring.limit'],
      ['limit=1&limit=2', 'querystring.limit'],
      ['is_read=yes', 'querystring.is_read'],
      ['unknown=1', 'querystring.unknown'],
      ['text=a%00b', 'querystring.text'],
    ]
    for (const [query, path] of faults) {
      assert.deepEqual(await post({ count: 1 }, `/things/1?${query}`), invalid(path), query)
    }
  })

  test('text that no database keeps is refused wherever it hides', async () => {
    assert.deepEqual(await post('{"count": 1, "free": {"deep": ["a\\u0000b"]}}'), invalid('body.free.deep.0'))
    assert.deepEqual(await post('{"count": 1, "free": "\\ud800"}'), invalid('body.free'))
    assert.deepEqual(await post('{"count": 1, "labels": {"a\\u0000": "b"}}'), invalid('body.labels'))
    assert.deepEqual(await post({ count: 1 }, '/things/a%00b'), invalid('params.id'))
    assert.equal((await post({ count: 1, free: '🐘' })).status, 200)
  })

  test('a body nested deeper than any stack is answered, not fallen over', async () => {
    const depth = 100_000
    const { status } = await post(`{"count": 1, "free": ${'['.repeat(depth)}${']'.repeat(depth)}}`)
    assert.ok(status === 200 || status === 400, String(status))
  })

  test('a body of another content type, or of none, is refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]) {
      const headers = { 'content-type': type }
      const answer = await http.inject({ method: 'POST', url: '/things/1', headers, payload: 'count=1' })
      assert.equal(answer.statusCode, 400, type)
      assert.equal(answer.json().code, 'invalid_request_body', type)
      assert.ok(pathsOf(answer.json().details)?.length, type)
    }
    const bare = await http.inject({ method: 'POST', url: '/things/1' })
    assert.deepEqual([bare.statusCode, bare.json().code], [400, 'invalid_request_body'])
  })
})
