import { once } from 'node:events'
import { WebSocket } from 'ws'

export type Message = { type: string; seq: number; at?: string; data?: { [key: string]: unknown } }
export type ConnectionQuery = { token?: string; ticket?: string; resume_from?: number; subscribe?: string }

/** What the protocol says about itself. */
const protocolTypes = new Set(['hello', 'resync', 'heartbeat', 'subscribed', 'error', 'closed'])

export const eventsAmong = (messages: readonly Message[]): Message[] =>
  messages.filter(({ type }) => !protocolTypes.has(type))

export type SocketClient = {
  socket: WebSocket
  /** All that came, in order. */
  messages: Message[]
  /** Of those the events, without what the protocol says about itself. */
  events(): Message[]
  say(message: object): void
  /** Settles with the code of the end, whoever ended it. */
  closed: Promise<number>
}

/** A client of /ws that was let in and heard the hello, or was closed again. @throws Error `Unexpected server response: <status>` when it is not let in. */
export async function connectSocket(url: string, { token, ...query }: ConnectionQuery = {}): Promise<SocketClient> {
  const address = new URL('/ws', url.replace(/^http/, 'ws'))
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value))
  const socket = new WebSocket(address, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  const messages: Message[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  const greeted = new Promise((resolve) => socket.once('message', resolve))
  await once(socket, 'open')
  // Its end is told by `closed`.
  socket.on('error', () => undefined)
  // What is committed before the hello counts as seen: a test that goes on sooner would miss it.
  await Promise.race([greeted, closed])
  return {
    socket,
    messages,
    events: () => eventsAmong(messages),
    say: (message) => socket.send(JSON.stringify(message)),
    closed,
  }
}
