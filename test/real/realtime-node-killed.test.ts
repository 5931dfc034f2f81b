import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { followEvents } from '../fixtures/event-follower.ts'
import { eventually } from '../harness/eventually.ts'
import { startIssuer } from '../harness/issuer.ts'
import { openTestDatabase } from '../harness/open-database.ts'
import { startUltid } from '../harness/processes.ts'
import { startRedis } from '../harness/redis.ts'
import { skipWithoutRedis } from '../harness/servers.ts'
import { createTempDir } from '../harness/temp-dir.ts'

suite('a node that is killed while events come, and the cache after it', { skip: skipWithoutRedis }, () => {
  test('costs no client an event, and none comes twice, in the order of the numbers', async (t) => {
    const [database, issuer, redis, objects] = await Promise.all([
      ...[openTestDatabase(), startIssuer()],
      ...[startRedis(), createTempDir('objects')],
    ] as const)
    const environment = {
      ...{ ULTID_DB_URL: database.url, ULTID_OIDC_ISSUER: issuer.url, ULTID_OBJECTS_DIR: objects.path },
      ...{ ULTID_CACHE_URL: redis.url, ULTID_LOG_LEVEL: 'error' },
      ...{ JITSI_ENABLED: 'true', JWT_APP_SECRET: 'a shared secret' },
    }
    const nodes = await Promise.all([1, 2].map(() => startUltid(environment, { roles: ['api'] })))
    const [one, two] = nodes.map(({ url }) => url) as [string, string]
    const token = await issuer.token({ sub: 'alice' })
    const follow = (urls: string[], by: 'socket' | 'stream') => followEvents(urls, { token, by })
    const followers = [
      [one, two],
      [two, one],
    ].flatMap((urls) => [follow(urls, 'socket'), follow(urls, 'stream')])
    t.after(async () => {
      await Promise.all(followers.map(({ stop }) => stop()))
      await Promise.all(nodes.map((node) => node.kill('SIGKILL')))
      await Promise.all([database.close(), issuer.close(), redis.close(), objects.remove()])
    })
    const book = async (url: string) => {
      const answer = await fetch(`${url}/api/v1/meet/rooms`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'Standup' }),
      })
      assert.equal(answer.status, 201)
    }
    const lastSeq = async () =>
      (await database.database.selectFrom('event_sequence').select('last_seq').executeTakeFirst())?.last_seq ?? 0

    // Each of the writers has a request under way at the node when it dies.
    const writers = [1, 2, 3, 4].map(async () => {
      for (let at = 0; at < 60; at++) await book(at % 2 ? one : two).catch(() => undefined)
    })
    await eventually(async () => assert.ok((await lastSeq()) > 60))
    await nodes[0]?.kill('SIGKILL')
    await redis.kill()
    await Promise.all(writers)
    const last = await lastSeq()
    assert.ok(last >= 120, `${last} events`)
    for (const follower of followers) {
      await eventually(() => assert.ok((follower.seqs().at(-1) ?? 0) >= last))
      assert.deepEqual(
        follower.seqs(),
        Array.from({ length: last }, (_, at) => at + 1),
      )
    }
    assert.deepEqual(
      followers.map((follower) => follower.connections() > 1),
      [true, true, false, false],
    )
  })
})
