import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Redis } from 'ioredis'
import { startRedis } from './redis.ts'
import { skipWithoutRedis } from './servers.ts'

suite('private Redis', { skip: skipWithoutRedis }, () => {
  test('a killed server comes back empty on the same address', async (t) => {
    const server = await startRedis()
    t.after(() => server.close())
    const client = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
    t.after(() => client.disconnect())
    client.on('error', () => undefined)
    await client.set('colour', 'green')
    await server.kill()
    await server.restart()
    assert.equal(await client.get('colour'), null)
  })
})
