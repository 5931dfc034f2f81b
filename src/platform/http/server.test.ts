import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { startStopwatch } from '../../../test/harness/stopwatch.ts'
import { createLog } from '../observability/log.ts'
import { createMetrics } from '../observability/metrics.ts'
import { createHttpServer } from './server.ts'

test('a server that closes answers what is under way, and a kept-alive connection does not hold it', async () => {
  const http = createHttpServer({ log: createLog({ level: 'silent', format: 'json' }), metrics: createMetrics() })
  const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const schema = { summary: 'A test', response: { 200: Type.Object({ ok: Type.Boolean() }) } }
  http.get('/slow', { schema, config: { permission: 'public' } }, async () => {
    begun.resolve()
    await finish.promise
    return { ok: true }
  })
  const url = await http.listen({ port: 0, host: '127.0.0.1' })
  const answer = fetch(`${url}/slow`)
  await begun.promise
  const closing = http.close()
  finish.resolve()
  const answered = await answer
  assert.equal(answered.headers.get('connection'), 'keep-alive')
  assert.deepEqual(await answered.json(), { ok: true })
  const sinceAnswer = startStopwatch()
  await closing
  assert(sinceAnswer.elapsedMs() < 2_000)
})
