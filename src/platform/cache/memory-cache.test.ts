import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../test/harness/eventually.ts'
import { createMemoryCache } from './memory-cache.ts'

test('a value is there until its time is over', async () => {
  let now = 1_000_000
  const cache = createMemoryCache(() => now)
  await cache.set('key', 'value', 30)
  now += 29_999
  assert.equal(await cache.get('key'), 'value')
  now += 1
  assert.equal(await cache.get('key'), undefined)
  await cache.set('key', 'value', 30)
  now += 30_000
  assert.equal(await cache.take('key'), undefined)
})

test('setting again replaces value and time', async () => {
  let now = 0
  const cache = createMemoryCache(() => now)
  await cache.set('key', 'old', 10)
  await cache.set('key', 'new', 20)
  now = 15_000
  assert.equal(await cache.get('key'), 'new')
})

test('of many who take a value one gets it', async () => {
  const cache = createMemoryCache()
  await cache.set('key', 'value', 30)
  const taken = await Promise.all(Array.from({ length: 10 }, () => cache.take('key')))
  assert.deepEqual(
    taken.filter((value) => value !== undefined),
    ['value'],
  )
  assert.equal(await cache.get('key'), undefined)
})

test('a deleted value is gone, and deleting nothing does nothing', async () => {
  const cache = createMemoryCache()
  await cache.set('key', 'value', 30)
  await cache.delete('key')
  await cache.delete('key')
  assert.equal(await cache.get('key'), undefined)
})

test('every key that names an id is deleted, wherever in it, and no other', async () => {
  const cache = createMemoryCache()
  for (const key of ['rate:ann:1', 'ann', 'rate:bob:1']) await cache.set(key, 'x', 30)
  await cache.deleteNaming('ann')
  assert.deepEqual(await Promise.all(['rate:ann:1', 'ann', 'rate:bob:1'].map(cache.get)), [undefined, undefined, 'x'])
})

test('it never holds more than its share: the oldest entries make room', async () => {
  const cache = createMemoryCache()
  for (let at = 0; at <= 100_000; at++) await cache.set(String(at), '', 30)
  assert.equal(await cache.get('0'), undefined)
  assert.equal(await cache.get('1'), '')
})

test('a message reaches every listener of its channel and no other, until each ends', async () => {
  const cache = createMemoryCache()
  const heard: string[] = []
  const endFirst = cache.subscribe('a', (message) => heard.push(`first ${message}`))
  cache.subscribe('a', (message) => heard.push(`second ${message}`))
  cache.subscribe('b', (message) => heard.push(`other ${message}`))
  cache.publish('a', '1')
  await eventually(() => assert.deepEqual(heard, ['first 1', 'second 1']))
  endFirst()
  cache.publish('a', '2')
  await eventually(() => assert.deepEqual(heard.slice(2), ['second 2']))
})

test('a channel of any name may be published to without a listener', async () => {
  const cache = createMemoryCache()
  for (const channel of ['error', 'nobody', '__proto__']) cache.publish(channel, 'x')
  await new Promise((resolve) => setImmediate(resolve))
  await cache.check()
})
