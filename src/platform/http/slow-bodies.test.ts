import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { eventually } from '../../../test/harness/eventually.ts'
import { createLog } from '../observability/log.ts'
import { createMetrics } from '../observability/metrics.ts'
import { createHttpServer } from './server.ts'

suite('a slow other end', () => {
  const http = createHttpServer({
    log: createLog({ level: 'silent', format: 'json' }),
    metrics: createMetrics(),
    bodyPatience: { totalMs: 1000, paceMs: 1000, paceBytes: 2 },
    stallMs: 200,
  })
  let port: number

  before(async () => {
    http.addContentTypeParser('text/plain', (_request, payload, done) => {
      payload.resume().once('end', () => done(null))
    })
    const schema = { summary: 'A test', response: { 200: Type.Unknown() } }
    http.post('/note', { schema, config: { permission: 'public' } }, () => 'taken')
    http.post('/file', { schema, config: { permission: 'public', isUpload: true } }, () => 'taken')
    http.get('/large', { schema, config: { permission: 'public' } }, (_request, reply) =>
      reply.send(ReadableStream.from(endless())),
    )
    await http.listen({ host: '127.0.0.1', port: 0 })
    port = (http.server.address() as AddressInfo).port
  })
  after(() => http.close())

  /** Sends a body of eight bytes, one after each pause. @returns the status line of the answer. */
  async function send(path: string, { bytes, pauseMs }: { bytes: number; pauseMs: number }): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('error', () => undefined)
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\n`,
    )
    for (let sent = 0; sent < bytes && socket.writable; sent++) {
      await delay(pauseMs)
      socket.write('x')
    }
    await ended
    return answer.split('\r\n')[0] ?? ''
  }

  test('ends a request after its time, an upload only when it comes at no pace at all', async () => {
    const [slow, stalled, slowFile, stalledFile, trickle, quick] = await Promise.all([
      send('/note', { bytes: 8, pauseMs: 250 }),
      send('/note', { bytes: 3, pauseMs: 10 }),
      send('/file', { bytes: 8, pauseMs: 150 }),
      send('/file', { bytes: 3, pauseMs: 10 }),
      send('/file', { bytes: 8, pauseMs: 900 }),
      send('/note', { bytes: 8, pauseMs: 1 }),
    ])
    assert.match(slow, / 408 /)
    assert.match(stalled, / 408 /)
    assert.match(slowFile, / 200 /)
    assert.match(stalledFile, / 408 /)
    assert.match(trickle, / 408 /)
    assert.match(quick, / 200 /)
  })

  test('ends a download when nobody reads it, however long one lasts that somebody reads', async () => {
    const [reading, idle] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    for (const socket of [reading, idle]) {
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
    }
    const sockets = () =>
      new Promise<number>((resolve) => http.server.getConnections((_error, count) => resolve(count)))
    await eventually(async () => assert.equal(await sockets(), 2))
    reading.resume()
    await eventually(async () => assert.equal(await sockets(), 1))
    assert.equal(reading.readyState, 'open')
    for (const socket of [reading, idle]) socket.destroy()
  })
})

async function* endless() {
  for (;;) {
    await delay(1)
    yield Buffer.alloc(64 * 1024)
  }
}
