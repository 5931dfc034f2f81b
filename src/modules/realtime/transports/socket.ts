import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Transport } from '../channels/subscriber.ts'

/**
 * A WebSocket: a text message each. `wire` is the connection below it: a message that goes to many is framed once, and
 * written as it is. Nothing of ours is fragmented or compressed, so that any frame may follow any other.
 */
export function createSocketTransport(socket: WebSocket, wire: Duplex): Transport {
  let isAnswered = true
  socket.on('pong', () => {
    isAnswered = true
  })
  const isOpen = () => socket.readyState === socket.OPEN
  return {
    write({ bytes }) {
      if (isOpen()) wire.write(frameOf(bytes))
    },
    pendingBytes: () => wire.writableLength,
    async drained() {
      if (!isOpen()) return false
      if (wire.writableLength === 0) return true
      // Frames leave in order: with this one all before it have left.
      return new Promise((resolve) => socket.pong('', false, (error) => resolve(!error)))
    },
    ping() {
      if (!isAnswered) return false
      isAnswered = false
      if (isOpen()) socket.ping()
      return true
    },
    close: ({ code, message }) => socket.close(code, message),
    terminate: () => socket.terminate(),
  }
}

const frames = new WeakMap<Buffer, Buffer>()

function frameOf(text: Buffer): Buffer {
  const known = frames.get(text)
  if (known) return known
  const frame = Buffer.concat([headerOf(text.length), text])
  frames.set(text, frame)
  return frame
}

/** RFC 6455 §5.2: a whole text message, which a server does not mask. */
function headerOf(length: number): Buffer {
  if (length < 126) return Buffer.from([finalText, length])
  if (length < 65_536) return Buffer.from([finalText, 126, length >> 8, length & 0xff])
  const header = Buffer.alloc(10)
  header.set([finalText, 127])
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}

const finalText = 0x81
