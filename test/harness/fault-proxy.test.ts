import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { eventually } from './eventually.ts'
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts'

/** A server that greets and echoes, behind a proxy, and a client of it. */
async function startEcho(t: TestContext, protocol: FaultProxyOptions['protocol'] = 'smtp') {
  const received: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received.push(chunk.toString())
      socket.write(chunk)
    })
    socket.write('hello\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port }, protocol })
  t.after(async () => {
    await proxy.close()
    server.close()
  })
  return { proxy, received: () => received.join(''), open: () => openClient(proxy) }
}

function openClient({ port }: FaultProxy) {
  const socket: Socket = connect(port, '127.0.0.1')
  let text = ''
  let ending: string | undefined
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ending = error.code
  })
  socket.on('end', () => {
    ending ??= 'closed'
  })
  return {
    say: (line: string) => socket.write(line),
    hears: (expected: string) => eventually(() => assert.equal(text, expected)),
    ends: (how: string) => eventually(() => assert.equal(ending, how)),
    isQuietFor: async (check: () => Promise<unknown>) => {
      const before = text
      await check()
      assert.equal(text, before)
    },
    socket,
  }
}

suite('fault proxy', () => {
  test('passes everything on and records what was said', async (t) => {
    const { proxy, open } = await startEcho(t)
    const client = open()
    client.say('NOOP\r\nQU')
    client.say('IT\r\n')
    await client.hears('hello\r\nNOOP\r\nQUIT\r\n')
    assert.deepEqual(proxy.commands(), ['NOOP', 'QUIT'])
    assert.deepEqual(proxy.commands(/^q/i), ['QUIT'])
    assert.equal(proxy.transcript.filter(({ from }) => from === 'server').length, 3)
  })

  test('cuts after so many bytes, once or on every connection', async (t) => {
    const { proxy, received, open } = await startEcho(t)
    const rule = proxy.rules.add({ fault: 'cut', from: 'server', bytes: 3, repeat: 'always' })
    for (const client of [open(), open()]) {
      await client.hears('hel')
      await client.ends('closed')
    }
    assert.equal(rule.hits, 2)
    rule.remove()

    proxy.rules.add({ fault: 'cut', from: 'client', bytes: 2, how: 'reset' })
    const client = open()
    await client.hears('hello\r\n')
    client.say('abcdef\r\n')
    await client.ends('ECONNRESET')
    const next = open()
    next.say('whole\r\n')
    await next.hears('hello\r\nwhole\r\n')
    assert(!received().includes('abcdef'))
  })

  test('cuts before a line, after it, and in the middle of what follows', async (t) => {
    const { proxy, received, open } = await startEcho(t)
    proxy.rules.add({ fault: 'cut', from: 'client', line: /^never/, moment: 'before' })
    const first = open()
    first.say('one\r\nnever\r\n')
    await first.ends('closed')

    proxy.rules.add({ fault: 'cut', from: 'client', line: /^\.$/ })
    const second = open()
    second.say('two\r\n.\r\nlost\r\n')
    await second.ends('closed')

    proxy.rules.add({ fault: 'cut', from: 'client', line: /^data/, bytes: 4 })
    const third = open()
    third.say('data\r\n12345678\r\n')
    await third.ends('closed')
    await eventually(() => assert.match(received(), /one\r\n(.|\r\n)*two\r\n\.\r\ndata\r\n1234$/))
  })

  test('stalls both directions until the rule is removed', async (t) => {
    const { proxy, received, open } = await startEcho(t)
    const client = open()
    const rule = proxy.rules.add({ fault: 'stall', from: 'client', line: /^sleep/ })
    client.say('sleep\r\nawake\r\n')
    await eventually(() => assert.equal(rule.hits, 1))
    const other = open()
    await client.isQuietFor(() => other.hears('hello\r\n'))
    assert(!received().includes('awake'))
    rule.remove()
    await client.hears('hello\r\nsleep\r\nawake\r\n')
  })

  test('freezes all connections, new ones too, until thawed', async (t) => {
    const { proxy, open } = await startEcho(t)
    const old = open()
    await old.hears('hello\r\n')
    proxy.freeze()
    const fresh = open()
    await once(fresh.socket, 'connect')
    old.say('anybody?\r\n')
    await eventually(() => assert.equal(proxy.connections.length, 2))
    await old.hears('hello\r\n')
    await fresh.hears('')
    proxy.thaw()
    await old.hears('hello\r\nanybody?\r\n')
    await fresh.hears('hello\r\n')
  })

  test('delays each direction and keeps the order', async (t) => {
    const { proxy, open } = await startEcho(t)
    const client = open()
    await client.hears('hello\r\n')
    const rule = proxy.rules.add({ fault: 'delay', ms: 50 })
    const start = performance.now()
    client.say('1\r\n')
    client.say('2\r\n')
    await client.hears('hello\r\n1\r\n2\r\n')
    const roundTrip = performance.now() - start
    assert(roundTrip >= 99, `${roundTrip} ms`)
    rule.remove()
    client.say('3\r\n')
    await client.hears('hello\r\n1\r\n2\r\n3\r\n')
  })

  test('carries megabytes under delay without losing a byte', async (t) => {
    const { proxy, open } = await startEcho(t, 'bytes')
    proxy.rules.add({ fault: 'delay', ms: 5 })
    const client = open()
    const bytes = Buffer.alloc(20_000_000, 'abcdefghijklmnopqrstuvwxyz')
    client.socket.removeAllListeners('data')
    let count = 0
    client.socket.on('data', (chunk) => {
      count += chunk.length
    })
    client.socket.write(bytes)
    await eventually(() => assert.equal(count, bytes.length + 7))
  })

  test('speaks and answers in the place of the server', async (t) => {
    const { proxy, received, open } = await startEcho(t)
    proxy.rules.add({ fault: 'answer', command: /^MAIL/, answer: '451 try later', repeat: 'always' })
    proxy.rules.add({ fault: 'inject', from: 'server', line: /^bye/, moment: 'before', text: 'so long\r\n' })
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /white/, to: 'black' })
    const client = open()
    await client.hears('hello\r\n')
    client.say('MAIL 1\r\nwhite\r\nMAIL 2\r\nbye\r\n')
    await eventually(() => assert.equal(received(), 'white\r\nbye\r\n'))
    await client.hears('hello\r\n451 try later\r\n451 try later\r\nblack\r\nso long\r\nbye\r\n')
  })

  test('refuses connections, cuts all, and takes new ones on the same port', async (t) => {
    const { proxy, open } = await startEcho(t)
    const client = open()
    await client.hears('hello\r\n')
    proxy.refuse()
    await open().ends('ECONNREFUSED')
    client.say('still here\r\n')
    await client.hears('hello\r\nstill here\r\n')
    proxy.cutAll()
    await client.ends('closed')
    await proxy.accept()
    await open().hears('hello\r\n')
  })
})
