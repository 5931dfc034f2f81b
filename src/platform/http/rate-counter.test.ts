import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryCache } from '#platform/cache/memory-cache.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { createRateCounter } from './rate-counter.ts'

test('two nodes with one cache come to the sum of what both counted', async () => {
  const cache = createMemoryCache()
  const [one, other] = [createRateCounter(cache), createRateCounter(cache)]
  const [countOne, countOther] = [one.rate('person', 3_600_000), other.rate('person', 3_600_000)]
  for (let request = 0; request < 10; request++) {
    countOne('a')
    countOther('a')
  }
  await eventually(() => {
    assert.ok(countOne('a').current >= 20)
  })
  one.close()
  other.close()
})

test('a node without a cache counts for itself, and a new window begins at nothing', () => {
  let now = 1_000_000
  const away = { ...createMemoryCache(), add: async () => undefined }
  const counter = createRateCounter(away, () => now)
  const count = counter.rate('person', 60_000)
  assert.equal(count('a').current, 1)
  assert.equal(count('a').current, 2)
  assert.equal(count('b').current, 1)
  now += 60_000
  assert.equal(count('a').current, 1)
  counter.close()
})
