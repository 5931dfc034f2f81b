import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { createMetrics } from './metrics.ts'
import { watchSecretAges } from './secret-ages.ts'

const day = 86_400_000

function watch(t: TestContext, daysLeft: Record<string, number | undefined>) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: new Date('2026-05-23T09:00:00Z') })
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const metrics = createMetrics()
  const secrets = Object.entries(daysLeft).map(([name, days]) => ({
    ...{ name, dateVariable: `${name}_ROTATED_AT` },
    dueAt: days === undefined ? undefined : new Date(Date.now() + days * day),
  }))
  const ages = watchSecretAges({ ...metrics, secrets, log })
  t.after(ages.stop)
  const gauges = async () =>
    (await metrics.registry.getSingleMetricAsString('ultid_secret_rotation_due_seconds'))
      .split('\n')
      .filter((line) => !line.startsWith('#'))
  return { lines, gauges }
}

test('each secret with a date shows how long it has, below zero once it is overdue', async (t) => {
  const { gauges } = watch(t, { NEW: 90, OLD: -2, UNDATED: undefined })
  assert.deepEqual(await gauges(), [
    `ultid_secret_rotation_due_seconds{secret="NEW"} ${90 * 86_400}`,
    `ultid_secret_rotation_due_seconds{secret="OLD"} ${-2 * 86_400}`,
  ])
})

test('from two weeks before, and after, the log says once a day what to do', (t) => {
  const { lines } = watch(t, { NEW: 90, SOON: 15, OLD: -2 })
  assert.deepEqual(lines, ['the secret OLD is overdue: change it and set OLD_ROTATED_AT to the day of the change'])
  t.mock.timers.tick(day)
  assert.deepEqual(lines.slice(1), [
    'the secret SOON is due in 14 days: change it and set SOON_ROTATED_AT to the day of the change',
    'the secret OLD is overdue: change it and set OLD_ROTATED_AT to the day of the change',
  ])
  t.mock.timers.tick(2 * day)
  assert.equal(lines.length, 7)
})
