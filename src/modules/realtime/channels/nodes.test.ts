import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { createTestDatabase } from '../../../../test/harness/database.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startIssuer } from '../../../../test/harness/issuer.ts'
import { type RealtimeNode, startRealtimeNode } from '../../../../test/harness/realtime.ts'
import { startRedis } from '../../../../test/harness/redis.ts'
import { skipWithoutRedis } from '../../../../test/harness/servers.ts'
import { connectSocket } from '../../../../test/harness/socket-client.ts'

/** Nodes are closed before the database that they share goes. */
async function startShared(t: TestContext) {
  const [database, issuer] = await Promise.all([createTestDatabase(), startIssuer()])
  const nodes: RealtimeNode[] = []
  t.after(async () => {
    for (const node of nodes) await node.close()
    await Promise.all([database.drop(), issuer.close()])
  })
  const startNode = async (redisUrl?: string) => {
    const options = { databaseUrl: database.url, issuer, ...(redisUrl !== undefined && { redisUrl }) }
    const node = await startRealtimeNode(options)
    nodes.push(node)
    return node
  }
  return { issuer, startNode, token: () => issuer.token({ sub: 'alice' }) }
}

suite('/ws on several nodes', { skip: skipWithoutRedis }, () => {
  test('an event of one node is hinted at to another; without Redis the poll brings it', async (t) => {
    const { startNode, token } = await startShared(t)
    const redis = await startRedis()
    const [one, two] = await Promise.all([startNode(redis.url), startNode(redis.url)])
    t.after(() => redis.close())
    await Promise.all([one, two].map((node) => eventually(() => node.cache.check())))
    const ownerId = await one.ownerOf('alice')
    const client = await connectSocket(two.url, { token: await token() })
    await eventually(() => assert.equal(client.messages.length, 1))

    // Without hints each would wait for a poll: thirty seconds for all of them.
    const signal = AbortSignal.timeout(25_000)
    for (let n = 1; n <= 10; n++) {
      await one.append(ownerId, { n })
      await eventually(() => assert.equal(client.events().length, n))
      signal.throwIfAborted()
    }

    await redis.kill()
    await one.append(ownerId, { n: 11 }, { n: 12 })
    await eventually(() => assert.equal(client.events().length, 12))
    assert.equal(client.socket.readyState, client.socket.OPEN)

    const answer = await fetch(`${one.url}/api/v1/realtime/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}` },
    })
    const { ticket } = (await answer.json()) as { ticket: string }
    const late = await connectSocket(two.url, { ticket, resume_from: 10 })
    await eventually(() => assert.equal(late.events().length, 2))
    for (const { socket } of [client, late]) socket.terminate()
  })
})

suite('/ws on a node that stops', () => {
  test('each socket is closed with 1001 and resumes elsewhere without loss; one that does not answer holds nobody up', async (t) => {
    const { startNode, token } = await startShared(t)
    const [one, two] = await Promise.all([startNode(), startNode()])
    const ownerId = await one.ownerOf('alice')
    const client = await connectSocket(one.url, { token: await token() })
    const silent = await connectSocket(one.url, { token: await token() })
    await one.append(ownerId, { n: 1 })
    await eventually(() => assert.equal(client.events().length, 1))
    silent.socket.pause()
    // Sooner than a closing handshake that nobody answers is given up.
    await eventually(() => one.close(), { timeoutMs: 20_000 })
    assert.equal(await client.closed, 1001)
    silent.socket.terminate()
    await assert.rejects(connectSocket(one.url, { token: await token() }), /ECONNREFUSED/)
    await two.append(ownerId, { n: 2 })
    const again = await connectSocket(two.url, { token: await token(), resume_from: 1 })
    await eventually(() =>
      assert.deepEqual(
        again.events().map(({ seq }) => seq),
        [2],
      ),
    )
    again.socket.terminate()
  })
})
