import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { createTestDatabase } from '../../../test/harness/database.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { startIssuer } from '../../../test/harness/issuer.ts'
import { type RealtimeNode, startRealtimeNode } from '../../../test/harness/realtime.ts'
import { startRedis } from '../../../test/harness/redis.ts'
import { skipWithoutRedis } from '../../../test/harness/servers.ts'
import { connectSocket } from '../../../test/harness/socket-client.ts'

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
  test('an event of one node is seen at another within a second; without Redis the poll brings it', async (t) => {
    const { startNode, token } = await startShared(t)
    const redis = await startRedis()
    const [one, two] = [await startNode(redis.url), await startNode(redis.url)]
    t.after(() => redis.close())
    await Promise.all([one, two].map((node) => eventually(() => node.cache.check())))
    const ownerId = await one.ownerOf('alice')
    const client = await connectSocket(two.url, { token: await token() })
    await eventually(() => assert.equal(client.messages.length, 1))

    const startedAt = performance.now()
    await one.append(ownerId, { n: 1 })
    await eventually(() => assert.equal(client.events().length, 1))
    assert.ok(performance.now() - startedAt < 1000)

    await redis.kill()
    await one.append(ownerId, { n: 2 }, { n: 3 })
    await eventually(() => assert.equal(client.events().length, 3))
    assert.equal(client.socket.readyState, client.socket.OPEN)

    const answer = await fetch(`${one.url}/api/v1/realtime/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}` },
    })
    const { ticket } = (await answer.json()) as { ticket: string }
    const late = await connectSocket(two.url, { ticket, resume_from: 1 })
    await eventually(() => assert.equal(late.events().length, 2))
    for (const { socket } of [client, late]) socket.terminate()
  })
})

suite('/ws on a node that stops', () => {
  test('each socket is closed with 1001, and resumes elsewhere without loss', async (t) => {
    const { startNode, token } = await startShared(t)
    const [one, two] = [await startNode(), await startNode()]
    const ownerId = await one.ownerOf('alice')
    const client = await connectSocket(one.url, { token: await token() })
    await one.append(ownerId, { n: 1 })
    await eventually(() => assert.equal(client.events().length, 1))
    await one.close()
    assert.equal(await client.closed, 1001)
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

  test('a client that does not answer holds nobody up', async (t) => {
    const { startNode, token } = await startShared(t)
    const node = await startNode()
    const client = await connectSocket(node.url, { token: await token() })
    await eventually(() => assert.equal(client.messages.length, 1))
    client.socket.pause()
    const startedAt = performance.now()
    await node.close()
    assert.ok(performance.now() - startedAt < 5000)
    client.socket.terminate()
  })

  test('nobody is let in any more', async (t) => {
    const { startNode, token } = await startShared(t)
    const node = await startNode()
    await node.close()
    await assert.rejects(connectSocket(node.url, { token: await token() }))
  })
})
