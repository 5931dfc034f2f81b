import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from './eventually.ts'

test('tries until the check passes and answers its result', async () => {
  let tries = 0
  const result = await eventually(
    () => {
      tries++
      assert.equal(tries, 3)
      return 'done'
    },
    { everyMs: 1 },
  )
  assert.equal(result, 'done')
})

test('fails with the last error, not the first', async () => {
  let tries = 0
  const failing = eventually(
    () => {
      tries++
      throw new Error(tries === 1 ? 'first' : 'later')
    },
    { timeoutMs: 20, everyMs: 1 },
  )
  await assert.rejects(failing, /later/)
})

test('does not wait for a check that never settles', async () => {
  const never = eventually(() => new Promise(() => undefined), { timeoutMs: 20 })
  await assert.rejects(never, /did not settle within 20 ms/)
})
