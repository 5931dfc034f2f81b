import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { createLog } from '../observability/log.ts'
import { createMetrics } from '../observability/metrics.ts'
import { createHttpServer } from './server.ts'

test('each answer is one line of the log with its own trace id, and counts under its route, method and status', async () => {
  const written: Record<string, unknown>[] = []
  const log = createLog({
    ...{ level: 'info', format: 'json' },
    destination: { write: (line) => written.push(JSON.parse(line)) },
  })
  const metrics = createMetrics()
  const http = createHttpServer({ log, metrics })
  const schema = { summary: 'A test', response: { 200: Type.Object({ ok: Type.Boolean() }) } }
  http.get('/things/:id', { schema, config: { permission: 'public' } }, async () => ({ ok: true }))
  const asked = [
    ['GET', '/things/1?password=secret'],
    ['GET', '/things/2'],
    ['GET', '/things/2?unknown=1'],
    ['HEAD', '/things/3'],
    ['PROPFIND', '/made-up'],
    ['REPORT', '/made-up'],
  ] as const
  const ids: unknown[] = []
  for (const [method, url] of asked) {
    const { headers } = await http.inject({ method: method as 'GET', url })
    ids.push(headers['x-request-id'])
  }
  await http.close()
  const lines = written.filter(({ msg }) => msg === 'request')
  assert.deepEqual(
    lines.map(({ method, route, status }) => [method, route, status]),
    [
      ['GET', '/things/:id', 400],
      ['GET', '/things/:id', 200],
      ['GET', '/things/:id', 400],
      ['HEAD', '/things/:id', 200],
      ['PROPFIND', 'unmatched', 404],
      ['REPORT', 'unmatched', 404],
    ],
  )
  assert.deepEqual(
    lines.map(({ trace_id }) => trace_id),
    ids,
  )
  assert.ok(lines.every(({ ms, time, level }) => Number.isInteger(ms) && typeof time === 'number' && level === 30))
  const text = await metrics.registry.metrics()
  const counted = (labels: string) => text.includes(`ultid_http_request_duration_seconds_count{${labels}}`)
  assert.match(text, /_count\{route="\/things\/:id",method="GET",status="400"\} 2/)
  assert.match(text, /_count\{route="unmatched",method="other",status="404"\} 2/)
  assert.ok(!counted('route="unmatched",method="PROPFIND",status="404"'))
})

test('lines of a request that may bear secrets are still looked through', async () => {
  const written: string[] = []
  const log = createLog({ level: 'info', format: 'json', destination: { write: (line) => written.push(line) } })
  const http = createHttpServer({ log, metrics: createMetrics() })
  const schema = { summary: 'A test', response: { 200: Type.Object({}) } }
  http.get('/secret', { schema, config: { permission: 'public' } }, async (request) => {
    request.log.info({ account: { password: 'hunter2' } }, 'said')
    return {}
  })
  await http.inject('/secret')
  await http.close()
  assert.deepEqual([written.length, written.some((line) => line.includes('hunter2'))], [2, false])
})
