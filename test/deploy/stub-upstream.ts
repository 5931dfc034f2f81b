import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

export type Seen = { method: string; path: string; headers: IncomingHttpHeaders }

/** A system behind the proxy that answers what it was asked, counts what it is sent, and echoes over WebSockets. */
export async function startStubUpstream(name: string) {
  let received = 0
  let firstByteAt = 0
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => {
      firstByteAt ||= performance.now()
      received += chunk.length
    })
    request.on('end', () => {
      const seen: Seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers }
      response.setHeader('content-type', 'application/json')
      if (request.url?.includes('own-headers')) response.setHeader('x-frame-options', 'DENY')
      response.end(JSON.stringify({ name, ...seen, received }))
    })
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    socket.send(`${name} ${request.url}`)
    socket.on('message', (data) => socket.send(data.toString()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    firstByteAt: () => firstByteAt,
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
