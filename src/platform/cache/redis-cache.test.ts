import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { eventually } from '../../../test/harness/eventually.ts'
import { type Redis, startRedis } from '../../../test/harness/redis.ts'
import { skipWithoutRedis } from '../../../test/harness/servers.ts'
import { startStopwatch } from '../../../test/harness/stopwatch.ts'
import { createLog } from '../observability/log.ts'
import type { Cache } from './cache.ts'
import { createRedisCache } from './redis-cache.ts'

const log = createLog({ level: 'silent', format: 'json' })

async function connected(server: Redis): Promise<Cache> {
  const cache = createRedisCache(server.url, log)
  await eventually(() => cache.check())
  return cache
}

suite('cache on Redis', { skip: skipWithoutRedis }, () => {
  let server: Redis
  let one: Cache
  let two: Cache
  const ready = (async () => {
    if (skipWithoutRedis) return
    server = await startRedis()
    one = await connected(server)
    two = await connected(server)
  })()
  after(async () => {
    await Promise.all([one.close(), two.close()])
    await server.close()
  })

  test('what one node sets another gets, until its time is over', async () => {
    await ready
    await one.set('shared', 'value', 30)
    assert.equal(await two.get('shared'), 'value')
    await one.set('shared', 'value', 1)
    await eventually(async () => assert.equal(await two.get('shared'), undefined))
  })

  test('of many on two nodes who take a value one gets it', async () => {
    await ready
    await one.set('ticket', 'value', 30)
    const taken = await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? one : two).take('ticket')))
    assert.deepEqual(
      taken.filter((value) => value !== undefined),
      ['value'],
    )
  })

  test('a deleted value is gone on every node', async () => {
    await ready
    await one.set('gone', 'value', 30)
    await two.delete('gone')
    assert.equal(await one.get('gone'), undefined)
  })

  test('every key that names an id is deleted, wherever in it, and no other', async () => {
    await ready
    const keys = ['rate:ann-1:1', 'ann-1', 'rate:bob-1:1']
    for (const key of keys) await one.set(key, 'x', 30)
    await two.deleteNaming('ann-1')
    assert.deepEqual(await Promise.all(keys.map(one.get)), [undefined, undefined, 'x'])
  })

  test('a message reaches the listeners of its channel on every node, its sender included', async () => {
    await ready
    const heard: string[] = []
    const ends = [one, two].map((cache, at) => cache.subscribe('channel', (message) => heard.push(`${at} ${message}`)))
    one.subscribe('elsewhere', (message) => heard.push(message))
    await eventually(() => {
      one.publish('channel', 'hello')
      assert.ok(heard.includes('0 hello') && heard.includes('1 hello'))
    })
    for (const end of ends) end()
    assert.ok(heard.every((message) => message.endsWith('hello')))
  })

  test('one of two listeners that ends leaves the other listening', async () => {
    await ready
    const heard: string[] = []
    const end = two.subscribe('both', () => heard.push('first'))
    two.subscribe('both', () => heard.push('second'))
    await eventually(() => {
      one.publish('both', 'x')
      assert.ok(heard.includes('first'))
    })
    end()
    heard.length = 0
    await eventually(() => {
      one.publish('both', 'x')
      assert.deepEqual([...new Set(heard)], ['second'])
    })
  })
})

suite('cache whose Redis dies', { skip: skipWithoutRedis }, () => {
  test('it reads empty, drops writes, says so, and is whole again after a restart with all its listeners', async (t) => {
    const server = await startRedis()
    t.after(() => server.close())
    const cache = await connected(server)
    t.after(() => cache.close())
    const heard: string[] = []
    cache.subscribe('before', () => heard.push('before'))
    await cache.set('key', 'value', 60)
    await server.kill()

    const stopwatch = startStopwatch()
    assert.equal(await cache.get('key'), undefined)
    assert.equal(await cache.take('key'), undefined)
    await cache.set('key', 'value', 60)
    await cache.delete('key')
    cache.publish('before', 'lost')
    cache.subscribe('during', () => heard.push('during'))
    cache.subscribe('ended', () => heard.push('ended'))()
    await assert.rejects(cache.check())
    assert.ok(stopwatch.elapsedMs() < 2000, 'a dead cache costs no more than moments')

    await server.restart()
    await eventually(async () => {
      await cache.set('key', 'again', 60)
      assert.equal(await cache.get('key'), 'again')
    })
    await eventually(() => {
      cache.publish('before', 'x')
      cache.publish('during', 'x')
      cache.publish('ended', 'x')
      assert.deepEqual([...new Set(heard)].sort(), ['before', 'during'])
    })
  })

  test('it starts without a server and finds it later', async (t) => {
    const server = await startRedis()
    t.after(() => server.close())
    await server.kill()
    const cache = createRedisCache(server.url, log)
    t.after(() => cache.close())
    let heard = 0
    cache.subscribe('channel', () => heard++)
    assert.equal(await cache.get('key'), undefined)
    await server.restart()
    await eventually(() => {
      cache.publish('channel', 'x')
      assert.ok(heard > 0)
    })
  })
})
