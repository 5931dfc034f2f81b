import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inBatches } from './in-batches.ts'

test('what is asked for while work is under way is done together, and each hears of its own', async () => {
  const calls: number[][] = []
  const gates: Array<PromiseWithResolvers<void>> = []
  const add = inBatches(async (items: number[]) => {
    calls.push(items)
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    await gate.promise
  })
  const first = add(1)
  await new Promise(setImmediate)
  const later = [add(2), add(3)]
  assert.deepEqual(calls, [[1]])
  gates[0]?.reject(new Error('refused'))
  await assert.rejects(first, /refused/)
  await new Promise(setImmediate)
  assert.deepEqual(calls, [[1], [2, 3]])
  gates[1]?.resolve()
  await Promise.all(later)
})
