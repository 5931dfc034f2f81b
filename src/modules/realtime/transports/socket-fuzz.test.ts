import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, suite, test } from 'node:test'
import { createTestDatabase } from '../../../../test/harness/database.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { startIssuer } from '../../../../test/harness/issuer.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { startRealtimeNode } from '../../../../test/harness/realtime.ts'
import { connectSocket } from '../../../../test/harness/socket-client.ts'

/** A frame of RFC 6455 §5.2, of which every part may be wrong. */
const frame = fc
  .record({
    // Mostly kinds that there are: text, binary, fragments, close, ping, pong.
    first: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8a) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
    ),
    isMasked: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    /** What it says of its length: the truth, or anything. */
    length: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { freq: 3 }),
    payload: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ first, isMasked, length, payload }) => {
    const said = length ?? BigInt(payload.length)
    const mask = isMasked ? 0x80 : 0
    const head = Buffer.alloc(said < 126n ? 2 : said < 65_536n ? 4 : 10)
    head[0] = first
    head[1] = mask | (said < 126n ? Number(said) : said < 65_536n ? 126 : 127)
    if (head.length === 4) head.writeUInt16BE(Number(said), 2)
    if (head.length === 10) head.writeBigUInt64BE(said, 2)
    return Buffer.concat([head, isMasked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
  })

/** Text that looks like what a client may say, and is not. */
const saying = fc.oneof(
  fc.json(),
  fc.record({ type: fc.constantFrom('subscribe', 'hello', ''), to: fc.anything() }).map((said) => JSON.stringify(said)),
  fc.array(fc.string(), { maxLength: 200 }).map((to) => JSON.stringify({ type: 'subscribe', to })),
)

suite('what no client should send to /ws', async () => {
  const [database, issuer] = await Promise.all([createTestDatabase(), startIssuer()])
  const node = await startRealtimeNode({ databaseUrl: database.url, issuer })
  const token = await issuer.token({ sub: 'alice' })
  const ownerId = await node.ownerOf('alice')
  const onlooker = await connectSocket(node.url, { token })
  after(async () => {
    onlooker.socket.terminate()
    await node.close()
    await Promise.all([database.drop(), issuer.close()])
  })

  /** A connection after the handshake, with nothing that knows the protocol on this end, and the answer to it. */
  async function upgraded(header = ''): Promise<{ socket: Socket; answer: string }> {
    const { hostname, port } = new URL(node.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer ${token}\r\n${header}\r\n`,
    )
    const [answer] = await once(socket, 'data')
    return { socket, answer: String(answer) }
  }
  async function assertUnharmed(): Promise<void> {
    const before = onlooker.events().length
    await node.append(ownerId, { n: before })
    await eventually(() => assert.equal(onlooker.events().length, before + 1))
  }

  test('frames of any kind, whole and torn: the others hear every event all the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 8 }), fc.nat(), async (frames, cutAt) => {
        const bytes = Buffer.concat(frames)
        const { socket } = await upgraded()
        socket.write(bytes.subarray(0, cutAt % (bytes.length + 1)))
        socket.end(bytes.subarray(cutAt % (bytes.length + 1)))
        socket.resume()
        await once(socket, 'close')
      }),
      { seed: 20_261, numRuns: 60 },
    )
    await assertUnharmed()
    // Theirs are all gone.
    await eventually(() => assert.equal(node.sockets.size, 1))
  })

  test('anything said is answered by what was understood or by an error', async () => {
    const client = await connectSocket(node.url, { token })
    let said = 0
    await fc.assert(
      fc.asyncProperty(saying, async (text) => {
        client.socket.send(text)
        said++
        await eventually(() =>
          assert.equal(client.messages.filter(({ type }) => /^(subscribed|error)$/.test(type)).length, said),
        )
      }),
      { seed: 20_262, numRuns: 80 },
    )
    client.say({ type: 'subscribe', to: ['mail'] })
    await assertUnharmed()
    await eventually(() => assert.equal(client.events().length, 1))
    client.socket.terminate()
  })

  test('an offer to compress is not taken up', async () => {
    const { socket, answer } = await upgraded('Sec-WebSocket-Extensions: permessage-deflate\r\n')
    assert.match(answer, /^HTTP\/1.1 101 /)
    assert.doesNotMatch(answer, /Sec-WebSocket-Extensions/i)
    socket.destroy()
  })
})
