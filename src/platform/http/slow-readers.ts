import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

type Seen = { written: number; pending: number; sinceMs: number }

/**
 * Cuts off who has not read anything of an answer for `stallMs`, to twice that: a download may last for as long as
 * somebody reads it, and no longer. One look at all connections now and then: a timer for each would have to be wound up
 * with each request.
 */
export function limitSlowReaders(http: FastifyInstance, stallMs: number): void {
  const seen = new Map<Socket, Seen | undefined>()
  http.server.on('connection', (socket: Socket) => {
    seen.set(socket, undefined)
    socket.once('close', () => seen.delete(socket))
  })
  const look = () => {
    for (const [socket, before] of seen) {
      const { bytesWritten: written, writableLength: pending } = socket
      const isStuck = pending > 0 && before?.written === written && before.pending === pending
      if (isStuck && performance.now() - before.sinceMs >= stallMs) socket.destroy()
      else if (!isStuck) seen.set(socket, { written, pending, sinceMs: performance.now() })
    }
  }
  const timer = setInterval(look, stallMs).unref()
  http.addHook('onClose', async () => clearInterval(timer))
}
