import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { createRequestLog } from './request-log.ts'

test('each line is as a child of pino would write it', () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'trace', base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) })
  const fields = { trace_id: 'req_1' }
  for (const one of [log.child(fields), createRequestLog(log, fields)]) {
    one.info({ route: '/a' }, 'asked for %s', 'a')
    one.warn('plain %d', 1)
    one.error(new Error('failed'), 'with words')
    one.error({ err: new Error('failed') })
    one.fatal('f')
    one.debug({ nothing: null })
    one.trace({ at: 1 }, 'deep')
    one.child({ span: 'x' }).info({ more: true }, 'below')
  }
  const half = lines.length / 2
  const plain = (line: Record<string, unknown>) => ({ ...line, err: line.err && (line.err as Error).message })
  assert.equal(half, 8)
  assert.deepEqual(lines.slice(half).map(plain), lines.slice(0, half).map(plain))
})
