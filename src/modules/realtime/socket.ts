import type { WebSocket } from 'ws'
import type { StoredEvent } from '#platform/events/events.ts'
import type { Client } from './owner-channel.ts'

export const closeCodes = {
  /** The access token has ended: get a new one and resume. */
  tokenExpired: 4001,
  /** The client reads too slowly: resume when it can. */
  tooSlow: 4008,
  /** Too many sockets of one owner. */
  tooMany: 4029,
} as const

const heartbeatSeconds = 30
const maxBufferedBytes = 1024 * 1024

/** Writes events to a WebSocket; one that is more than a megabyte behind is closed rather than buffered for. */
export function createSocketClient(socket: WebSocket, onDelivered: () => void): Client {
  const write = (message: object): boolean => {
    if (socket.readyState !== socket.OPEN) return false
    if (socket.bufferedAmount > maxBufferedBytes) {
      socket.close(closeCodes.tooSlow, 'reading too slowly; resume later')
      return false
    }
    socket.send(JSON.stringify(message))
    return true
  }
  const send = (event: StoredEvent): boolean => {
    const isTaken = write(wireFormOf(event))
    if (isTaken) onDelivered()
    return isTaken
  }
  return {
    hello: (seq) => write({ type: 'hello', seq, heartbeat_seconds: heartbeatSeconds }),
    send,
    async sendAll(events) {
      if (!events.every(send)) return false
      // Frames leave in order: with this one all before it have left. The heartbeat ends a socket that takes nothing.
      return new Promise((resolve) => socket.ping('', false, (error) => resolve(!error)))
    },
    resync: (seq) => write({ type: 'resync', seq }),
  }
}

const wireFormOf = ({ seq, type, data, created_at }: StoredEvent) => ({
  type,
  seq,
  at: created_at.toISOString(),
  data,
})

/** Ends the socket with its token, and without an answer to a ping (RFC 6455 §5.5.2). @returns a function that stops watching. */
export function watchSocket(socket: WebSocket, expiresAt: Date): () => void {
  let isAlive = true
  socket.on('pong', () => {
    isAlive = true
  })
  const heartbeat = setInterval(() => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, heartbeatSeconds * 1000)
  const maxDelay = 2 ** 31 - 1
  const expiry = setTimeout(
    () => socket.close(closeCodes.tokenExpired, 'the access token has expired'),
    Math.min(Math.max(expiresAt.getTime() - Date.now(), 0), maxDelay),
  )
  return () => {
    clearInterval(heartbeat)
    clearTimeout(expiry)
  }
}
