import type { Socket } from 'node:net'
import type { PointRule, Rule, Rules, Side } from './fault-rules.ts'
import { createLineSplitter, type LinePosition, type LineSplitter } from './line-splitter.ts'
import { createPacedWriter, type PacedWriter } from './paced-writer.ts'

/** `bytes`: no lines are looked for, as if TLS had been spoken from the start. */
export type Protocol = 'imap' | 'smtp' | 'bytes'

export type FaultConnectionOptions = {
  client: Socket
  server: Socket
  protocol: Protocol
  rules: Rules
  record: (from: Side, line: string, isFirst: boolean) => void
}

const SIDES: readonly Side[] = ['client', 'server']

/** One client's connection through the proxy. Directions are named by who speaks. */
export class FaultConnection {
  isOpen = true
  /** Bytes passed on so far. */
  readonly passed: Record<Side, number> = { client: 0, server: 0 }

  readonly #options: FaultConnectionOptions
  readonly #sockets: Record<Side, Socket>
  readonly #writers: Record<Side, PacedWriter>
  readonly #splitters: Record<Side, LineSplitter>
  /** The number of passed bytes at which a rule strikes. */
  readonly #armed: Record<Side, Map<PointRule, number>> = { client: new Map(), server: new Map() }
  readonly #knownRules = new Set<Rule>()
  readonly #stalledBy = new Set<unknown>()
  readonly #injections: string[] = []
  #tag = ''
  #isSwallowing = false
  /** How the answer begins after which the stream is no longer text. */
  #upgradeAnswer: string | undefined

  constructor(options: FaultConnectionOptions) {
    const { client, server } = options
    this.#options = options
    this.#sockets = { client, server }
    this.#writers = { client: createPacedWriter(server, client), server: createPacedWriter(client, server) }
    this.#splitters = { client: this.#createSplitter('client'), server: this.#createSplitter('server') }
    for (const side of SIDES) this.#listen(side)
  }

  /** See `Fault`. */
  cut(how: 'close' | 'reset' = 'close'): void {
    this.isOpen = false
    for (const side of SIDES) {
      if (how === 'reset') this.#sockets[side].resetAndDestroy()
      else this.#writers[side].close()
    }
  }

  /** Passes nothing on until `resume` was called with the same reason. */
  stall(reason: unknown): void {
    this.#stalledBy.add(reason)
    for (const side of SIDES) this.#writers[side].freeze()
  }

  resume(reason: unknown): void {
    if (!this.#stalledBy.delete(reason) || this.#stalledBy.size > 0) return
    for (const side of SIDES) this.#writers[side].thaw()
  }

  /** Says it to the client, between two responses of the server. */
  inject(text: string, isBetweenResponses = this.#splitters.server.isAtBoundary()): void {
    this.#injections.push(text)
    if (isBetweenResponses) this.#sayInjections()
  }

  #createSplitter(from: Side): LineSplitter {
    return createLineSplitter(
      {
        onLine: (line, position) => this.#takeLine(from, line, position),
        onBytes: (bytes) => (from === 'client' && this.#isSwallowing ? undefined : this.#pass(from, bytes)),
      },
      { hasLiterals: this.#options.protocol === 'imap' },
    )
  }

  #listen(side: Side): void {
    const socket = this.#sockets[side]
    const other = this.#sockets[side === 'client' ? 'server' : 'client']
    let isFirstChunk = side === 'client'
    socket.on('data', (chunk: Buffer) => {
      // A TLS record of the type "handshake" (RFC 8446 §5.1).
      if (isFirstChunk && (chunk[0] === 0x16 || this.#options.protocol === 'bytes')) this.#becomeOpaque()
      isFirstChunk = false
      if (this.isOpen) this.#splitters[side].push(chunk)
    })
    socket.on('end', () => {
      this.#splitters[side].becomeOpaque()
      this.#writers[side].end(this.#delay(side))
    })
    // `close` follows and says that there was one.
    socket.on('error', () => undefined)
    socket.on('close', (hadError) => {
      this.isOpen = false
      if (hadError) other.resetAndDestroy()
      else this.#writers[side].close()
    })
  }

  #takeLine(from: Side, original: Buffer, { isFirst }: LinePosition): void {
    const line = this.#rewrite(from, original)
    const text = textOf(line)
    this.#options.record(from, text, isFirst)
    if (from === 'client' && this.#swallow(text, isFirst)) return
    this.#noteState(from, text, isFirst)

    const rules = this.#pointRules(from).filter((rule) => rule.line && text.search(rule.line) >= 0)
    const before = rules.filter((rule) => rule.moment === 'before' && !rule.bytes)
    for (const rule of before) this.#strike(rule, isFirst)
    this.#pass(from, line)
    for (const rule of rules) {
      if (rule.bytes) this.#armed[from].set(rule, this.passed[from] + rule.bytes)
      else if (!before.includes(rule)) this.#strike(rule)
    }
    if (from !== 'server') return
    if (this.#splitters.server.isAtBoundary()) this.#sayInjections()
    if (this.#upgradeAnswer && text.startsWith(this.#upgradeAnswer)) this.#becomeOpaque()
  }

  #rewrite(from: Side, line: Buffer): Buffer {
    return this.#options.rules.of('rewrite').reduce((current, rule) => {
      const text = current.toString('latin1')
      if (rule.from !== from || text.search(rule.line) < 0 || !this.#options.rules.strike(rule)) return current
      return Buffer.from(text.replace(rule.line, rule.to), 'latin1')
    }, line)
  }

  /** Answers in the server's place; true when the line must not be passed on. */
  #swallow(text: string, isFirst: boolean): boolean {
    const { rules, protocol } = this.#options
    const { client } = this.#splitters
    if (!isFirst) {
      const isPart = this.#isSwallowing
      if (client.isAtBoundary()) this.#isSwallowing = false
      return isPart
    }
    const { tag, command } = protocol === 'imap' ? parseCommand(text) : { tag: '', command: text }
    const rule = rules.of('answer').find((candidate) => command.search(candidate.command) >= 0)
    if (!rule || !rules.strike(rule)) return false
    // A client which is refused a synchronising literal drops the command; any other sends it to the end.
    if (client.isAwaitingLiteral()) client.cancelLiteral()
    this.#isSwallowing = !client.isAtBoundary()
    const answer = tag ? `${tag} ${rule.answer}` : rule.answer
    this.inject([...(rule.untagged ?? []), answer].map((line) => `${line}\r\n`).join(''))
    return true
  }

  /** What the meaning of later lines depends on. */
  #noteState(from: Side, text: string, isFirst: boolean): void {
    if (from === 'client' && isFirst) {
      const { tag, command } = parseCommand(text)
      this.#tag = tag
      if (/^(STARTTLS|COMPRESS DEFLATE)$/i.test(command)) this.#upgradeAnswer = `${tag} OK`
      if (/^STARTTLS$/i.test(text)) this.#upgradeAnswer = '220 '
    }
    const { client } = this.#splitters
    if (from === 'server' && client.isAwaitingLiteral() && text.startsWith(`${this.#tag} `)) client.cancelLiteral()
  }

  #pass(from: Side, bytes: Buffer): void {
    this.#arm(from)
    let left = bytes
    while (left.length > 0 && this.isOpen) {
      const [rule, at] = this.#nextArmed(from)
      const part = left.subarray(0, at - this.passed[from])
      if (part.length > 0) this.#writers[from].write(part, this.#delay(from))
      this.passed[from] += part.length
      left = left.subarray(part.length)
      if (rule && this.passed[from] >= at) {
        this.#armed[from].delete(rule)
        this.#strike(rule)
      }
    }
  }

  /** Rules without a line count from the connection's start, or from when they were added. */
  #arm(from: Side): void {
    for (const rule of this.#pointRules(from)) {
      if (rule.line || this.#knownRules.has(rule)) continue
      this.#knownRules.add(rule)
      this.#armed[from].set(rule, this.passed[from] + (rule.bytes ?? 0))
    }
  }

  #nextArmed(from: Side): [PointRule | undefined, number] {
    let next: [PointRule | undefined, number] = [undefined, Number.POSITIVE_INFINITY]
    for (const entry of this.#armed[from]) if (entry[1] < next[1]) next = entry
    return next
  }

  #pointRules(from: Side): PointRule[] {
    return this.#options.rules.of('cut', 'stall', 'inject').filter((rule) => rule.from === from)
  }

  #strike(rule: PointRule, isBetweenResponses?: boolean): void {
    // What passes nothing on needs no second stall: that is for another connection.
    const isInVain = !this.isOpen || (rule.fault === 'stall' && this.#stalledBy.size > 0)
    if (isInVain || !this.#options.rules.strike(rule)) return
    if (rule.fault === 'cut') this.cut(rule.how)
    if (rule.fault === 'stall') this.stall(rule)
    if (rule.fault === 'inject') this.inject(rule.text, rule.from === 'server' ? isBetweenResponses : undefined)
  }

  #sayInjections(): void {
    for (const text of this.#injections.splice(0)) this.#writers.server.write(Buffer.from(text), this.#delay('server'))
  }

  #delay(from: Side): number {
    const delays = this.#options.rules.of('delay').filter((rule) => (rule.from ?? from) === from)
    return delays.reduce((sum, rule) => sum + rule.ms, 0)
  }

  #becomeOpaque(): void {
    for (const side of SIDES) this.#splitters[side].becomeOpaque()
  }
}

function textOf(line: Buffer): string {
  return line.toString('latin1').replace(/\r?\n$/, '')
}

function parseCommand(text: string): { tag: string; command: string } {
  const space = text.indexOf(' ')
  return space < 0 ? { tag: '', command: text } : { tag: text.slice(0, space), command: text.slice(space + 1) }
}
