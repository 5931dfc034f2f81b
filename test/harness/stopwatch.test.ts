import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { eventually } from './eventually.ts'
import { startStopwatch } from './stopwatch.ts'

/** As when the machine gives its time to others: this process neither runs nor waits. */
const standStill = (seconds: number) => execFileSync('sleep', [String(seconds)])

test('time in which this process was not let run does not count, neither at once nor later', async () => {
  const stopwatch = startStopwatch()
  standStill(1)
  assert.ok(stopwatch.elapsedMs() < 500, `${stopwatch.elapsedMs()} ms`)
  let looks = 0
  await eventually(() => assert.ok(looks++ > 2))
  assert.ok(stopwatch.elapsedMs() < 900, `${stopwatch.elapsedMs()} ms`)
})

test('time in which it waits or computes does', async () => {
  const waiting = startStopwatch()
  await eventually(() => assert.ok(waiting.elapsedMs() >= 200))
  const computing = startStopwatch()
  const { user } = process.cpuUsage()
  while (process.cpuUsage().user - user < 200_000);
  assert.ok(computing.elapsedMs() >= 150, `${computing.elapsedMs()} ms`)
})

test('a check is given the time that the machine took from it', async () => {
  let looks = 0
  await eventually(
    () => {
      if (looks++ === 0) standStill(1)
      assert.equal(looks, 3)
    },
    { timeoutMs: 300, everyMs: 5 },
  )
})
