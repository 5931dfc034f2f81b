import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { FaultConnection, type Protocol } from './fault-connection.ts'
import { type ActiveRule, createRules, type Rule, type Side } from './fault-rules.ts'

export { changedUidValidity } from './fault-rules.ts'

export type TranscriptLine = { connection: number; from: Side; line: string; isFirst: boolean }

/** A TCP proxy between a client and a server that does what networks and servers do on bad days. */
export type FaultProxy = {
  host: string
  port: number
  /** All since the start, in order; `isOpen` tells those that live. */
  readonly connections: readonly FaultConnection[]
  readonly rules: { add(rule: Rule): ActiveRule; clear(): void }
  /** What was said, as long as it is text: the newest 50,000 lines, cut at 2,000 characters, without literals. */
  readonly transcript: readonly TranscriptLine[]
  /** The client's commands that match, in IMAP without their tags. */
  commands(pattern?: RegExp): string[]
  forgetTranscript(): void
  /** Ends all open connections now. */
  cutAll(how?: 'close' | 'reset'): void
  /** From now on nothing is passed on, on new connections neither, until `thaw`. */
  freeze(): void
  thaw(): void
  /** New connections are refused (ECONNREFUSED) until `accept`; open ones live on. */
  refuse(): void
  accept(): Promise<void>
  close(): Promise<void>
}

export type FaultProxyOptions = {
  target: { host: string; port: number }
  /** What lines mean; `imap` by default. TLS is recognised by itself. */
  protocol?: Protocol
}

const KEPT_LINES = 50_000
const KEPT_CHARACTERS = 2_000

export async function startFaultProxy({ target, protocol = 'imap' }: FaultProxyOptions): Promise<FaultProxy> {
  const connections: FaultConnection[] = []
  const sockets = new Set<Socket>()
  const transcript = createTranscript(protocol)
  const rules = createRules((rule) => {
    for (const connection of connections) connection.resume(rule)
  })
  const freezing = Symbol('frozen by hand')
  let isFrozen = false

  function join(client: Socket): void {
    const server = connect({ ...target, allowHalfOpen: true, noDelay: true })
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    const record = transcript.recorder(connections.length)
    const connection = new FaultConnection({ client, server, protocol, rules, record })
    connections.push(connection)
    if (isFrozen) connection.stall(freezing)
  }

  let listener = await listen(0, join)
  const { port } = listener.address() as AddressInfo
  return {
    host: '127.0.0.1',
    port,
    connections,
    rules,
    ...transcript.view,
    cutAll(how) {
      for (const connection of connections) if (connection.isOpen) connection.cut(how)
    },
    freeze() {
      isFrozen = true
      for (const connection of connections) connection.stall(freezing)
    },
    thaw() {
      isFrozen = false
      for (const connection of connections) connection.resume(freezing)
    },
    refuse: () => void listener.close(),
    async accept() {
      if (!listener.listening) listener = await listen(port, join)
    },
    async close() {
      const closing = [...sockets].map((socket) => once(socket, 'close'))
      if (listener.listening) closing.push(once(listener, 'close'))
      listener.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all(closing)
    },
  }
}

function listen(port: number, onConnection: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function createTranscript(protocol: Protocol) {
  const transcript: TranscriptLine[] = []
  return {
    recorder: (connection: number) => (from: Side, line: string, isFirst: boolean) => {
      transcript.push({ connection, from, line: line.slice(0, KEPT_CHARACTERS), isFirst })
      if (transcript.length > KEPT_LINES) transcript.splice(0, KEPT_LINES / 10)
    },
    view: {
      transcript,
      commands(pattern: RegExp = /^/): string[] {
        return transcript
          .filter(({ from, isFirst }) => from === 'client' && isFirst)
          .map(({ line }) => (protocol === 'imap' ? line.replace(/^\S+ /, '') : line))
          .filter((command) => command.search(pattern) >= 0)
      },
      forgetTranscript: () => void transcript.splice(0),
    },
  }
}
