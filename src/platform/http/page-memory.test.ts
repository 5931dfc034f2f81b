import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPageMemory } from './page-memory.ts'

const bytes = (letter: string, count: number) => Buffer.from(letter.repeat(count))

test('a page is remembered for its version alone, and what was not used for long is forgotten', () => {
  const memory = createPageMemory({ maxBytes: 80 })
  memory.set('a', '1', bytes('a', 10))
  assert.deepEqual(memory.get('a', '1'), bytes('a', 10))
  assert.deepEqual(memory.get('a', '2'), undefined)
  for (let n = 0; n < 7; n++) memory.set(String(n), '1', bytes('x', 10))
  assert.deepEqual(memory.get('a', '1'), bytes('a', 10))
  memory.set('new', '1', bytes('x', 10))
  assert.deepEqual([memory.get('0', '1'), memory.get('a', '1')], [undefined, bytes('a', 10)])
  memory.set('large', '1', bytes('x', 11))
  assert.deepEqual(memory.get('large', '1'), undefined)
})
