import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inOrder } from './in-order.ts'

const failing = (message: string) => async () => {
  throw new Error(message)
}

test('each step waits for the one before', async () => {
  const seen: number[] = []
  const step = (n: number) => async () => {
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(n)
  }
  await inOrder([step(1), step(2), () => seen.push(3)])
  assert.deepEqual(seen, [1, 2, 3])
})

test('a step that fails stops none after it and is told at the end', async () => {
  let ran = 0
  await assert.rejects(inOrder([failing('first'), () => ran++]), /first/)
  await assert.rejects(inOrder([failing('first'), () => ran++, failing('second')]), (error: AggregateError) => {
    assert.equal(error.errors.length, 2)
    return true
  })
  assert.equal(ran, 2)
})
