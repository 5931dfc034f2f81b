import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../test/harness/eventually.ts'
import { createLog } from './log.ts'
import { type LookOptions, registerLookedUp } from './looked-up-gauges.ts'
import { createMetrics } from './metrics.ts'

const log = createLog({ level: 'silent', format: 'json' })

function register(look: () => Promise<number>, options: LookOptions = {}) {
  const metrics = createMetrics()
  const gauges = [
    { name: 'ultid_depth', help: 'Depth.', samplesOf: (depth: number) => [{ value: depth }] },
    {
      ...{ name: 'ultid_parts', help: 'Parts.', labelNames: ['part'] },
      samplesOf: (depth: number) => [{ labels: { part: 'half' }, value: depth / 2 }],
    },
  ]
  registerLookedUp({ ...metrics, log }, { name: 'depth', look, gauges }, options)
  return async () => {
    const text = await metrics.registry.metrics()
    assert.match(text, /^ultid_process_cpu_seconds_total /m)
    return text.split('\n').filter((line) => /^ultid_(depth|parts)/.test(line))
  }
}

test('one look serves all gauges and everybody who asks within a while', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let looks = 0
  const read = register(async () => ++looks, { keepMs: 5000 })
  const all = await Promise.all([read(), read(), read()])
  for (const lines of all) assert.deepEqual(lines, ['ultid_depth 1', 'ultid_parts{part="half"} 0.5'])
  for (const passed of [3000, 1999]) {
    t.mock.timers.tick(passed)
    assert.equal((await read())[0], 'ultid_depth 1')
  }
  t.mock.timers.tick(1)
  assert.equal((await read())[0], 'ultid_depth 2')
  t.mock.timers.tick(4999)
  assert.equal((await read())[0], 'ultid_depth 2', 'who asked of the first look does not end the second')
})

test('a look that fails leaves its gauges out, and they come back with the next that does not', async () => {
  let isBroken = true
  const look = async () => {
    if (isBroken) throw new Error('no database')
    return 4
  }
  const read = register(look, { keepMs: 20 })
  assert.deepEqual(await read(), [])
  isBroken = false
  await eventually(async () => assert.deepEqual(await read(), ['ultid_depth 4', 'ultid_parts{part="half"} 2']))
  isBroken = true
  await eventually(async () => assert.deepEqual(await read(), []))
})

test('a look that never ends holds nobody up for longer than its deadline', async () => {
  const read = register(() => new Promise(() => undefined), { deadlineMs: 30 })
  assert.deepEqual(await read(), [])
})
