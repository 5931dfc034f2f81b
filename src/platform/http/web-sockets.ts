import websocket from '@fastify/websocket'
import type { HttpServer } from './server.ts'

/** RFC 6455 §7.4.1: the node stops; connect again, to another. */
const goingAway = 1001
/** How long a client may take to answer the closing handshake of a node that stops. */
const closingMs = 1000

/** Lets routes take WebSockets. When the server closes, each socket is told so, and cut off when it does not answer. */
export async function serveWebSockets(http: HttpServer): Promise<void> {
  await http.register(websocket, {
    options: { maxPayload: 64 * 1024, perMessageDeflate: false },
    errorHandler(error, socket, request) {
      request.log.debug({ err: error }, 'socket failed')
      // One that broke the protocol is told so: a close frame is on its way.
      if (socket.readyState === socket.OPEN) socket.terminate()
    },
    preClose(done) {
      const sockets = [...http.websocketServer.clients]
      for (const socket of sockets) socket.close(goingAway, 'the node stops; connect again')
      const cutOff = setTimeout(() => {
        for (const socket of sockets) socket.terminate()
      }, closingMs)
      http.websocketServer.close(() => clearTimeout(cutOff))
      done()
    },
  })
}
