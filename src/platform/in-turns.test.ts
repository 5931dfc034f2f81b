import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurns } from './in-turns.ts'

const busy = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until; );
}

test('what else is due is done between pieces of work that take long, and each answers under its name', async () => {
  const order: string[] = []
  const piece = (name: string) => () => {
    busy(5)
    order.push(name)
    return name.length
  }
  setImmediate(() => order.push('a request'))
  assert.deepEqual(await inTurns({ one: piece('one'), three: piece('three') }), { one: 3, three: 5 })
  assert.deepEqual(order, ['one', 'a request', 'three'])
})
