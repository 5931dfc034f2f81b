import { once } from 'node:events'
import { WebSocket } from 'ws'

/** `greetings`: messages that come to each before any event. Those that do not stay go once they are connected. */
export type Connecting = { url: string; token: string; count: number; greetings: number; stays: boolean }

/** Told when all clients of a server have an event: nanoseconds of the clock that processes share. */
export type Arrival = { url: string; at: string }

const atOnce = 100
/** Events are longer than this, and what the protocol says about itself is shorter. */
const eventBytes = 500

/** The clients of all servers, in a process of their own. Each message makes more of them; what they hear is told. */
process.on('message', async ({ url, token, count, greetings, stays }: Connecting) => {
  let events = 0
  let greeted = 0
  const connect = async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } })
    socket.on('message', (message: Buffer) => {
      if (message.length < eventBytes) greeted++
      else if (++events % count === 0) process.send?.({ url, at: String(process.hrtime.bigint()) } satisfies Arrival)
    })
    await once(socket, 'open')
    return socket
  }
  const sockets: WebSocket[] = []
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(count - sockets.length, atOnce) }, connect)
    sockets.push(...(await Promise.all(batch)))
  }
  const timer = setInterval(async () => {
    if (greeted < count * greetings) return
    clearInterval(timer)
    if (!stays) await Promise.all(sockets.map(end))
    process.send?.('connected')
  }, 10)
})

async function end(socket: WebSocket): Promise<void> {
  socket.terminate()
  await once(socket, 'close')
}
