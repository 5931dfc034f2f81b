import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Type } from 'typebox'
import { createLog } from '../observability/log.ts'
import { createMetrics } from '../observability/metrics.ts'
import { createHttpServer } from './server.ts'

const Flag = Type.Object({ kind: Type.Literal('flag'), is_set: Type.Boolean() })
const Move = Type.Object({ kind: Type.Literal('move'), folder_id: Type.String({ format: 'uuid' }) })
const Body = Type.Object({
  name: Type.String({ minLength: 1 }),
  colour: Type.Optional(Type.String({ enum: ['red', 'blue'] })),
  count: Type.Optional(Type.Integer({ minimum: 1 })),
  note: Type.Optional(Type.Union([Type.String({ maxLength: 3 }), Type.Null()])),
  act: Type.Optional(Type.Union([Flag, Move])),
  order: Type.Optional(Type.Union([Type.Literal('up'), Type.Literal('down')])),
  at: Type.Optional(Type.String({ format: 'date-time' })),
  slug: Type.Optional(Type.String({ pattern: '^[a-z]+(-[a-z]+)*$', examples: ['team-lunch'] })),
  title: Type.Optional(Type.String({ pattern: '\\S' })),
  to: Type.Optional(Type.Array(Type.String({ format: 'email' }))),
})

suite('the faults of a body', async () => {
  const http = createHttpServer({ log: createLog({ level: 'silent', format: 'json' }), metrics: createMetrics() })
  const schema = { summary: 'A test', body: Body, response: { 200: Type.Object({}) } }
  http.post('/', { schema, config: { permission: 'public' } }, async () => ({}))
  http.delete(
    '/',
    { schema: { summary: 'Another', response: { 200: Type.Object({}) } }, config: { permission: 'public' } },
    async () => ({}),
  )
  await http.ready()
  async function faultsOf(payload: object): Promise<Record<string, string>> {
    const answer = await http.inject({ method: 'POST', url: '/', payload })
    if (answer.statusCode === 200) return {}
    const { code, message, details } = answer.json()
    assert.equal(code, 'invalid_request_body')
    assert.equal(message, `The request is not valid: ${details[0].path} ${details[0].message}.`)
    return Object.fromEntries(details.map((one: { path: string; message: string }) => [one.path, one.message]))
  }

  test('are told all at once, each place once', async () => {
    assert.deepEqual(await faultsOf({ colour: 'green', count: 0, extra: 1, to: ['a@example.test', 'b', 7], note: 5 }), {
      'body.name': 'is missing',
      'body.colour': 'must be one of red, blue',
      'body.count': 'must be at least 1',
      'body.extra': 'is not known here',
      'body.to.1': 'must be an e-mail address',
      'body.to.2': 'must be string',
      'body.note': 'must be string or null',
    })
  })

  test('say what a text should look like, and no regular expression', async () => {
    assert.deepEqual(await faultsOf({ name: 'x', at: 'today', slug: 'Team Lunch', title: '  ' }), {
      'body.at': 'must be a time with its zone, such as 2026-05-23T09:00:00Z',
      'body.slug': 'must look like team-lunch',
      'body.title': 'must not be blank',
    })
  })

  test('are none where none is asked for: a content type alone is no body', async () => {
    const headers = { 'content-type': 'application/json' }
    assert.equal((await http.inject({ method: 'DELETE', url: '/', headers })).statusCode, 200)
    const missing = await http.inject({ method: 'POST', url: '/', headers })
    assert.equal(missing.statusCode, 400)
    assert.deepEqual(missing.json().details, [{ path: 'body', message: 'must be object' }])
    const torn = await http.inject({ method: 'POST', url: '/', headers, payload: '{"name":' })
    assert.deepEqual(torn.json().details, [{ path: 'body', message: 'is not valid JSON' }])
  })

  test('of a choice are those of what was meant', async () => {
    const name = 'x'
    assert.deepEqual(await faultsOf({ name, note: 'long' }), { 'body.note': 'must have at most 3 characters' })
    assert.deepEqual(await faultsOf({ name, order: 'left' }), { 'body.order': 'must be one of up, down' })
    assert.deepEqual(await faultsOf({ name, act: { kind: 'fly' } }), { 'body.act.kind': 'must be one of flag, move' })
    assert.deepEqual(await faultsOf({ name, act: { kind: 'move', folder_id: 'x', is_set: true } }), {
      'body.act.folder_id': 'must be an id, as an earlier answer gave it',
      'body.act.is_set': 'is not known here',
    })
    assert.deepEqual(await faultsOf({ name, act: 'move' }), { 'body.act': 'must be object' })
    assert.deepEqual(await faultsOf({ name, act: { kind: 'flag', is_set: true } }), {})
  })

  test('are bounded, and of a large body it is the first', async () => {
    const many = await faultsOf({ name: 'x', to: Array.from({ length: 500 }, () => 'x') })
    assert.equal(Object.keys(many).length, 50)
    const large = await faultsOf({ to: Array.from({ length: 5000 }, () => 'x') })
    assert.deepEqual(large, { 'body.name': 'is missing' })
  })
})
