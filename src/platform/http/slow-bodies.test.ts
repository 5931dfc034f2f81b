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
import type { BodyPatience } from './slow-bodies.ts'

suite('a slow other end', () => {
  const start = (patience: Partial<BodyPatience>) => {
    const http = createHttpServer({
      log: createLog({ level: 'silent', format: 'json' }),
      metrics: createMetrics(),
      bodyPatience: { totalMs: 1000, paceMs: 1000, paceBytes: 2, ...patience },
      stallMs: 1000,
    })
    http.addContentTypeParser('text/plain', (_request, payload, done) => {
      payload.resume().once('end', () => done(null))
    })
    const schema = { summary: 'A test', response: { 200: Type.Unknown() } }
    http.post('/note', { schema, config: { permission: 'public' } }, () => 'taken')
    http.post('/file', { schema, config: { permission: 'public', isUpload: true } }, () => 'taken')
    http.get('/large', { schema, config: { permission: 'public' } }, (_request, reply) =>
      reply.send(ReadableStream.from(endless())),
    )
    return http
  }
  type Server = ReturnType<typeof start>
  const http = start({})
  // What is to be taken is not to depend on how quick this machine is just now.
  const [takingItsTime, keepingNoPace] = [start({ totalMs: 60_000 }), start({ paceMs: 60_000 })]
  const all = [http, takingItsTime, keepingNoPace]
  const portOf = ({ server }: Server) => (server.address() as AddressInfo).port

  before(() => Promise.all(all.map((one) => one.listen({ host: '127.0.0.1', port: 0 }))))
  after(() => Promise.all(all.map((one) => one.close())))

  type Body = { bytes: number; pauseMs: number; to?: Server }
  /** Sends a body of eight bytes, one after each pause. @returns the status line of the answer. */
  async function send(path: string, { bytes, pauseMs, to = http }: Body): Promise<string> {
    const socket = connect(portOf(to), '127.0.0.1')
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
      send('/file', { bytes: 8, pauseMs: 150, to: keepingNoPace }),
      send('/file', { bytes: 3, pauseMs: 10 }),
      send('/file', { bytes: 8, pauseMs: 900 }),
      send('/note', { bytes: 8, pauseMs: 1, to: takingItsTime }),
    ])
    assert.match(slow, / 408 /)
    assert.match(stalled, / 408 /)
    assert.match(slowFile, / 200 /)
    assert.match(stalledFile, / 408 /)
    assert.match(trickle, / 408 /)
    assert.match(quick, / 200 /)
  })

  test('ends a download when nobody reads it, however long one lasts that somebody reads', async () => {
    const [reading, idle] = [connect(portOf(http), '127.0.0.1'), connect(portOf(http), '127.0.0.1')]
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
