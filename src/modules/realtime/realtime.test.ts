import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase } from '../../../test/harness/database.ts'
import { eventually } from '../../../test/harness/eventually.ts'
import { startIssuer } from '../../../test/harness/issuer.ts'
import { startRealtimeNode } from '../../../test/harness/realtime.ts'
import { connectSocket, type SocketClient } from '../../../test/harness/socket-client.ts'

const numbersOf = (client: SocketClient) => client.events().map(({ data }) => data?.n)

suite('/ws', async () => {
  const [database, issuer] = await Promise.all([createTestDatabase(), startIssuer()])
  const node = await startRealtimeNode({ databaseUrl: database.url, issuer })
  after(async () => {
    await node.close()
    await Promise.all([database.drop(), issuer.close()])
  })
  let users = 0
  /** Somebody new, so that no test sees the events of another. */
  async function newcomer() {
    const user = `user-${++users}`
    const token = await issuer.token({ sub: user })
    return { token, ownerId: await node.ownerOf(user) }
  }

  test('says hello with the last number, then shows each event, in order', async () => {
    const { token, ownerId } = await newcomer()
    await node.append(ownerId, { n: 1 }, { n: 2 })
    const client = await connectSocket(node.url, { token })
    await eventually(() => assert.deepEqual(client.messages, [{ type: 'hello', seq: 2, heartbeat_seconds: 30 }]))
    await node.append(ownerId, { n: 3 })
    await eventually(() => assert.equal(client.events().length, 1))
    const [event] = client.events()
    assert.deepEqual({ ...event, at: '' }, { type: 'mail.message_created', seq: 3, at: '', data: { n: 3 } })
    assert.equal(event?.at, new Date(event?.at ?? '').toISOString())
    client.socket.terminate()
  })

  test('shows all of many transactions at once, each once, to each client of the owner', async () => {
    const { token, ownerId } = await newcomer()
    const clients = await Promise.all([1, 2, 3].map(() => connectSocket(node.url, { token })))
    await eventually(() => assert.ok(clients.every(({ messages }) => messages.length === 1)))
    await Promise.all(Array.from({ length: 40 }, (_, n) => node.append(ownerId, { n })))
    for (const client of clients) {
      await eventually(() => assert.equal(client.events().length, 40))
      assert.deepEqual(
        client.events().map(({ seq }) => seq),
        Array.from({ length: 40 }, (_, at) => at + 1),
      )
      client.socket.terminate()
    }
  })

  test('shows nobody what belongs to another', async () => {
    const [alice, bob] = [await newcomer(), await newcomer()]
    const client = await connectSocket(node.url, { token: bob.token, resume_from: 0 })
    await node.append(alice.ownerId, { n: 1 })
    await node.append(bob.ownerId, { n: 2 })
    await eventually(() => assert.deepEqual(numbersOf(client), [2]))
    client.socket.terminate()
  })

  test('takes a resuming client from where it was, without a gap or a repetition, while events go on', async () => {
    const { token, ownerId } = await newcomer()
    await node.append(ownerId, ...Array.from({ length: 450 }, (_, n) => ({ n })))
    const onlooker = await connectSocket(node.url, { token })
    const appending = (async () => {
      for (let n = 450; n < 500; n++) await node.append(ownerId, { n })
    })()
    const client = await connectSocket(node.url, { token, resume_from: 7 })
    await appending
    await eventually(() => assert.equal(client.events().length, 493))
    assert.deepEqual(client.messages[0], { type: 'hello', seq: 7, heartbeat_seconds: 30 })
    assert.deepEqual(
      client.events().map(({ seq }) => seq),
      Array.from({ length: 493 }, (_, at) => at + 8),
    )
    for (const { socket } of [onlooker, client]) socket.terminate()
  })

  test('lets one who missed twenty thousand events catch up on one connection', async () => {
    const { token, ownerId } = await newcomer()
    const filler = 'x'.repeat(200)
    await node.append(ownerId, ...Array.from({ length: 20_000 }, (_, n) => ({ n, filler })))
    const client = await connectSocket(node.url, { token, resume_from: 0 })
    await eventually(() => assert.equal(client.events().length, 20_000))
    assert.ok(client.events().every(({ seq }, at) => seq === at + 1))
    client.socket.terminate()
  })

  test('asks to start over who resumes from the future, from too long ago, or over a gap', async () => {
    const { token, ownerId } = await newcomer()
    await node.append(ownerId, ...Array.from({ length: 10 }, (_, n) => ({ n })))
    const heard = async (resume_from: number) => {
      const client = await connectSocket(node.url, { token, resume_from })
      await eventually(() => assert.ok(client.messages.length > 1))
      client.socket.terminate()
      return client.messages.map(({ type, seq }) => [type, seq]).slice(1)
    }
    assert.deepEqual(await heard(11), [['resync', 10]])
    assert.deepEqual(await heard(2 ** 60), [['resync', 10]])
    const age = (hours: number, upTo: number) =>
      sql`update event set created_at = now() - make_interval(hours => ${hours})
        where owner_id = ${ownerId} and seq <= ${upTo}`.execute(node.database)
    await age(23, 5)
    assert.equal((await heard(1)).length, 9)
    await age(25, 2)
    assert.deepEqual(await heard(1), [['resync', 10]])
    assert.equal((await heard(2)).length, 8)
    await node.database.deleteFrom('event').where('owner_id', '=', ownerId).where('seq', '<=', 3).execute()
    assert.deepEqual(await heard(2), [['resync', 10]])
    assert.equal((await heard(3)).length, 7)
    await node.database.deleteFrom('event').where('owner_id', '=', ownerId).where('seq', '=', 6).execute()
    assert.deepEqual(await heard(3), [['resync', 10]])
    await node.database.deleteFrom('event').where('owner_id', '=', ownerId).execute()
    assert.deepEqual(await heard(9), [['resync', 10]])
  })

  test('goes on with live events after it asked to start over', async () => {
    const { token, ownerId } = await newcomer()
    const client = await connectSocket(node.url, { token, resume_from: 99 })
    await eventually(() => assert.deepEqual(client.messages.at(-1), { type: 'resync', seq: 0 }))
    await node.append(ownerId, { n: 1 })
    await eventually(() => assert.deepEqual(numbersOf(client), [1]))
    client.socket.terminate()
  })

  test('closes with 4001 when the token ends', async () => {
    const { ownerId } = await newcomer()
    const token = await issuer.token({ sub: `user-${users}` }, { expiresInSeconds: 6 })
    const client = await connectSocket(node.url, { token, resume_from: 0 })
    await node.append(ownerId, { n: 1 })
    assert.equal(await client.closed, 4001)
    assert.deepEqual(numbersOf(client), [1])
  })

  test('shows a burst of large events to who reads, and again to who resumes', async () => {
    const { token, ownerId } = await newcomer()
    const client = await connectSocket(node.url, { token })
    await node.append(ownerId, ...Array.from({ length: 150 }, (_, n) => ({ n, filler: 'x'.repeat(40_000) })))
    const late = await connectSocket(node.url, { token, resume_from: 0 })
    for (const { socket, messages, events } of [client, late]) {
      await eventually(() => assert.equal(events().length, 150))
      assert.deepEqual(
        messages.filter(({ type }) => type === 'resync'),
        [],
      )
      socket.terminate()
    }
  })

  test('tells a client that read too slowly to start over, goes on from there, and held little for it meanwhile', async () => {
    const { token, ownerId } = await newcomer()
    const client = await connectSocket(node.url, { token })
    const [socket] = [...node.sockets].slice(-1)
    client.socket.pause()
    const filler = 'x'.repeat(20_000)
    const other = await connectSocket(node.url, { token })
    let held = 0
    // Far more than the buffers of both ends of a connection take.
    for (let n = 0; n < 60; n++) {
      await node.append(ownerId, ...Array.from({ length: 20 }, (_, at) => ({ n: n * 20 + at, filler })))
      held = Math.max(held, socket?.bufferedAmount ?? 0)
    }
    await eventually(() => assert.equal(other.events().length, 1200))
    held = Math.max(held, socket?.bufferedAmount ?? 0)
    assert.ok(held > 1024 * 1024 && held < 2 * 1024 * 1024, String(held))
    client.socket.resume()
    await eventually(() => assert.deepEqual(client.messages.at(-1), { type: 'resync', seq: 1200 }))
    await node.append(ownerId, { n: 1200 })
    await eventually(() => assert.equal(client.messages.at(-1)?.seq, 1201))
    const seqs = client.events().map(({ seq }) => seq)
    assert.ok(seqs.length < 1200)
    assert.deepEqual(seqs.slice(0, -1), [...seqs.keys()].slice(1), 'what came before is without a gap')
    for (const { socket: one } of [client, other]) one.terminate()
  })

  test('closes with 4029 what one owner opens beyond measure', async () => {
    const { token } = await newcomer()
    const clients = await Promise.all(Array.from({ length: 51 }, () => connectSocket(node.url, { token })))
    assert.equal(await Promise.race(clients.map(({ closed }) => closed)), 4029)
    for (const { socket } of clients) socket.terminate()
    const again = () => connectSocket(node.url, { token })
    await eventually(async () => {
      const client = await again()
      await eventually(() => assert.equal(client.messages.length, 1), { timeoutMs: 500 })
      client.socket.terminate()
    })
  })

  test('bears what clients send, and ends those that send too much or nonsense', async () => {
    const { token, ownerId } = await newcomer()
    const chatty = await connectSocket(node.url, { token })
    chatty.socket.send('hello?')
    chatty.socket.send(Buffer.alloc(1000))
    const flood = await connectSocket(node.url, { token })
    flood.socket.send('x'.repeat(65 * 1024))
    assert.equal(await flood.closed, 1009)
    await node.append(ownerId, { n: 1 })
    await eventually(() => assert.deepEqual(numbersOf(chatty), [1]))
    for (let at = 0; at < 100; at++) chatty.say({ type: 'subscribe', to: [] })
    assert.equal(await chatty.closed, 1008)
    chatty.socket.terminate()
  })
})
