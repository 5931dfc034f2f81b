import type { ServerResponse } from 'node:http'
import type { Transport } from '../channels/subscriber.ts'

/** How long a browser waits before it connects again. */
const retryMs = 2000

/**
 * Server-Sent Events (WHATWG HTML §9.2): the messages of the WebSocket as `data`, their numbers as `id`, so that a
 * browser that reconnects says in Last-Event-ID where it was. An end that has a code is told by a last message.
 */
export function createStreamTransport(answer: ServerResponse): Transport {
  const isOpen = () => !answer.writableEnded && !answer.destroyed
  answer.write(`retry: ${retryMs}\n\n`)
  return {
    write({ seq, bytes }) {
      if (!isOpen()) return
      answer.write(Buffer.concat([Buffer.from(seq === undefined ? 'data: ' : `id: ${seq}\ndata: `), bytes, blankLine]))
    },
    pendingBytes: () => answer.writableLength,
    async drained() {
      if (!isOpen()) return false
      if (answer.writableLength === 0) return true
      return new Promise((resolve) => {
        const onClose = () => resolve(false)
        answer.once('close', onClose)
        // A comment: with it all before it has left.
        answer.write(':\n', (error) => {
          answer.off('close', onClose)
          resolve(!error)
        })
      })
    },
    // Nothing answers here: a client that is gone shows by what it does not take.
    ping: () => true,
    close({ code, message }) {
      if (!isOpen()) return
      answer.end(`data: ${JSON.stringify({ type: 'closed', code, message })}\n\n`)
    },
    terminate: () => answer.destroy(),
  }
}

const blankLine = Buffer.from('\n\n')
