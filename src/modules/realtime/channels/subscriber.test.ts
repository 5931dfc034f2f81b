import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createWireEvent } from '../wire-event.ts'
import { everything } from '../wishes.ts'
import { createSubscriber, type Transport } from './subscriber.ts'

const event = (seq: number) => createWireEvent({ seq, type: 'mail.message_created', data: {}, created_at: new Date() })

/** The other end of a connection, which takes nothing while it is full. */
function createPeer() {
  const heard: unknown[] = []
  const empty = Promise.withResolvers<boolean>()
  let pending = 0
  let answers = true
  const transport: Transport = {
    write: ({ bytes }) => void heard.push(JSON.parse(String(bytes))),
    pendingBytes: () => pending,
    drained: () => (pending > 0 ? empty.promise : Promise.resolve(true)),
    ping: () => answers,
    close: () => undefined,
    terminate: () => undefined,
  }
  return {
    transport,
    types: () => heard.map((message) => (message as { type: string }).type),
    last: () => heard.at(-1),
    fill: () => (pending = 2 ** 30),
    async drain(isOpen = true) {
      pending = 0
      empty.resolve(isOpen)
      await empty.promise
    },
    fallSilent: () => (answers = false),
  }
}

function connect() {
  const peer = createPeer()
  const options = { mayRead: everything, wishes: undefined, onDelivered: () => undefined }
  const subscriber = createSubscriber(peer.transport, options)
  subscriber.hello(3)
  return { peer, subscriber }
}

suite('the pulse of a connection', () => {
  test('tells how far a client is that was not concerned for long', () => {
    const { peer, subscriber } = connect()
    subscriber.subscribe(() => false, [])
    subscriber.offer(event(4))
    assert.equal(subscriber.pulse(), 'alive')
    assert.deepEqual(peer.last(), { type: 'heartbeat', seq: 4 })
  })

  test('of a client that missed something says nothing of what it did not get, and ends it at the second beat', async () => {
    const { peer, subscriber } = connect()
    peer.fill()
    subscriber.offer(event(4))
    assert.equal(subscriber.pulse(), 'alive')
    assert.deepEqual(peer.types(), ['hello'])
    assert.equal(subscriber.pulse(), 'too slow')
    await peer.drain()
    subscriber.offer(event(5))
    assert.deepEqual(peer.types(), ['hello', 'resync', 'mail.message_created'])
    assert.equal(subscriber.pulse(), 'alive')
  })

  test('is missed when nothing answers', () => {
    const { peer, subscriber } = connect()
    peer.fallSilent()
    assert.equal(subscriber.pulse(), 'dead')
  })
})

suite('a client that went away while it was behind', () => {
  test('is told nothing more', async () => {
    const { peer, subscriber } = connect()
    peer.fill()
    subscriber.offer(event(4))
    await peer.drain(false)
    assert.deepEqual(peer.types(), ['hello'])
  })
})
