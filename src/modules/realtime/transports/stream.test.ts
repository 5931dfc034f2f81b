import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { NewEvent } from '#platform/events/events.ts'
import { createTestDatabase } from '../../../../test/harness/database.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startIssuer } from '../../../../test/harness/issuer.ts'
import { startRealtimeNode } from '../../../../test/harness/realtime.ts'
import { connectSocket, type Message } from '../../../../test/harness/socket-client.ts'
import { connectStream } from '../../../../test/harness/stream-client.ts'

const seqsOf = (client: { events(): Message[] }) => client.events().map(({ seq }) => seq)

suite('GET /api/v1/events/stream', async () => {
  const [database, issuer] = await Promise.all([createTestDatabase(), startIssuer()])
  const node = await startRealtimeNode({ databaseUrl: database.url, issuer })
  after(async () => {
    await node.close()
    await Promise.all([database.drop(), issuer.close()])
  })
  const ownerId = await node.ownerOf('alice')
  const token = await issuer.token({ sub: 'alice' })
  const headers = { authorization: `Bearer ${token}` }
  let written = 0
  const append = (...types: NewEvent['type'][]) =>
    node.appendTyped(
      ownerId,
      types.map((type) => ({ type, data: { id: `thing-${++written}` } })),
    )

  test('says what the socket says, word for word, and its numbers as ids', async () => {
    const [socket, stream] = await Promise.all([connectSocket(node.url, { token }), connectStream(node.url, { token })])
    assert.match(stream.headers.get('content-type') ?? '', /^text\/event-stream/)
    assert.equal(stream.headers.get('cache-control'), 'no-store')
    await append('mail.message_created', 'meet.room_created')
    await eventually(() => assert.equal(stream.events().length, 2))
    await eventually(() => assert.deepEqual(socket.messages, stream.messages))
    assert.equal(stream.lastEventId(), String(written))
    stream.close()
    socket.socket.terminate()
  })

  test('goes on after the last event that a browser saw, wherever the address says to begin', async () => {
    await append('mail.message_created', 'mail.message_created', 'mail.message_created')
    const stream = await connectStream(node.url, { token, resume_from: 0, lastEventId: String(written - 2) })
    await eventually(() => assert.deepEqual(seqsOf(stream), [written - 1, written]))
    await append('mail.message_created')
    await eventually(() => assert.equal(seqsOf(stream).at(-1), written))
    stream.close()
    const late = await connectStream(node.url, { token, lastEventId: '99999999999999999999' })
    await eventually(() => assert.deepEqual(late.messages.at(-1), { type: 'resync', seq: written }))
    late.close()
  })

  test('lets in by a ticket once, and by nothing else that is not in force', async () => {
    const made = await fetch(`${node.url}/api/v1/realtime/tickets`, { method: 'POST', headers })
    const { ticket } = (await made.json()) as { ticket: string }
    const stream = await connectStream(node.url, { ticket })
    stream.close()
    for (const query of [{ ticket }, {}, { token: await issuer.token({ sub: 'alice' }, { expiresInSeconds: -1 }) }]) {
      await assert.rejects(connectStream(node.url, query), /^Error: 401 auth\./)
    }
    await assert.rejects(connectStream(node.url, { token, lastEventId: 'x' }), /^Error: 400 invalid_request_body/)
  })

  test('ends with the token, and says so', async () => {
    const stream = await eventually(async () => {
      const short = await issuer.token({ sub: 'alice' }, { expiresInSeconds: 2 })
      return connectStream(node.url, { token: short })
    })
    await stream.ended
    const [last] = stream.messages.slice(-1) as { type: string; code?: number }[]
    assert.deepEqual([last?.type, last?.code], ['closed', 4001])
  })

  test('shows what was subscribed to, by module, resource and id, on either way', async () => {
    const start = written
    await append('mail.message_created', 'mail.folder_created', 'meet.room_created', 'mail.message_moved')
    const heard = async (subscribe: string) => {
      const query = { token, resume_from: start, subscribe }
      const [socket, stream] = await Promise.all([connectSocket(node.url, query), connectStream(node.url, query)])
      await append('search.nothing_found', 'mail.message_deleted')
      await eventually(() => assert.equal(seqsOf(socket).at(-1), written))
      await eventually(() => assert.deepEqual(stream.messages, socket.messages))
      stream.close()
      socket.socket.terminate()
      return seqsOf(stream).map((seq) => seq - start)
    }
    assert.deepEqual(await heard('mail.message'), [1, 4, 6])
    assert.deepEqual(await heard(`meet,mail:thing-${start + 2},mail.message:thing-${written + 2}`), [2, 3, 8])
    for (const subscribe of ['', 'Mail', 'mail,', Array.from({ length: 101 }, () => 'mail').join(',')]) {
      await assert.rejects(connectStream(node.url, { token, subscribe }), /^Error: 400/, subscribe)
    }
  })

  test('lets a socket choose anew, from the number that is answered', async () => {
    const { socket, messages, events, say } = await connectSocket(node.url, { token, subscribe: 'meet' })
    await append('mail.message_created')
    const to = ['mail.folder', 'mail:nothing']
    say({ type: 'subscribe', to })
    // The number may be that of before the event, which is then not shown either.
    await eventually(() => {
      const answer = messages.find(({ type }) => type === 'subscribed')
      assert.deepEqual(answer, { type: 'subscribed', seq: answer?.seq, to })
    })
    say({ type: 'subscribe', to: ['Nonsense'] })
    socket.send('nonsense')
    socket.send(Buffer.from([1, 2, 3]))
    await eventually(() =>
      assert.deepEqual(
        messages.slice(-3).map(({ type }) => type),
        ['error', 'error', 'error'],
      ),
    )
    await append('meet.room_created', 'mail.folder_created')
    await eventually(() =>
      assert.deepEqual(
        events().map(({ seq }) => seq),
        [written],
      ),
    )
    socket.terminate()
  })

  test('shows nothing of modules that the bearer may not read', async () => {
    const making = { name: 'meetings', permissions: ['realtime:read', 'meet:read'] }
    const answer = await fetch(`${node.url}/api/v1/account/tokens`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(making),
    })
    const { token: personal } = (await answer.json()) as { token: string }
    const made = await fetch(`${node.url}/api/v1/realtime/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${personal}` },
    })
    const { ticket } = (await made.json()) as { ticket: string }
    const clients = [await connectSocket(node.url, { token: personal }), await connectStream(node.url, { ticket })]
    await append('mail.message_created', 'meet.room_created')
    for (const client of clients) await eventually(() => assert.deepEqual(seqsOf(client), [written]))
    for (const client of clients) 'socket' in client ? client.socket.terminate() : client.close()
  })

  test('counts with the sockets of its owner, and stops with the node', async () => {
    const stream = await connectStream(node.url, { token })
    const sockets = await Promise.all(Array.from({ length: 50 }, () => connectSocket(node.url, { token })))
    assert.equal(await Promise.race(sockets.map(({ closed }) => closed)), 4029)
    const refused = await connectStream(node.url, { token })
    assert.deepEqual(
      refused.messages.map(({ type }) => type),
      ['closed'],
    )
    for (const { socket } of sockets) socket.terminate()
    await node.close()
    await stream.ended
    assert.equal((stream.messages.at(-1) as { code?: number } | undefined)?.code, 1001)
  })
})
