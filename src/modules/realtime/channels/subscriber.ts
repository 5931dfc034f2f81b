import type { Closing } from '../closings.ts'
import { heartbeatSeconds } from '../watch.ts'
import type { WireEvent } from '../wire-event.ts'
import { everything, type Wishes } from '../wishes.ts'

/** Something to be written: what has a number moves the client on to it. */
export type Message = { seq?: number | undefined; bytes: Buffer }

/** One connection, whatever its protocol. Nothing is written to one that is closed, and nothing throws. */
export type Transport = {
  write(message: Message): void
  /** What was written and has not left this process. */
  pendingBytes(): number
  /** Resolves once all that was written so far is on its way; false when it was closed instead. */
  drained(): Promise<boolean>
  /** Asks for a sign of life. False when there was none since it was asked before. */
  ping(): boolean
  close(closing: Closing): void
  terminate(): void
}

/** A client that has more than this unsent misses what follows, and is told so, rather than to be buffered for. */
const maxPendingBytes = 1024 * 1024

/** What one client of an owner gets to hear of the owner's events. */
export function createSubscriber(
  transport: Transport,
  { mayRead, wishes = everything, onDelivered }: { mayRead: Wishes; wishes: Wishes | undefined; onDelivered(): void },
) {
  let wanted = wishes
  let seq = 0
  let isBehind = false
  let wasBehind = false
  const say = (message: { type: string; [key: string]: unknown }, at?: number) =>
    transport.write({ seq: at, bytes: Buffer.from(JSON.stringify(message)) })
  const write = (event: WireEvent) => {
    if (!mayRead(event) || !wanted(event)) return
    transport.write({ seq: event.seq, bytes: event.bytes() })
    onDelivered()
  }
  const resync = (at: number) => {
    seq = at
    say({ type: 'resync', seq }, seq)
  }
  const fallBehind = async () => {
    isBehind = true
    const isOpen = await transport.drained()
    isBehind = false
    if (isOpen) resync(seq)
  }
  return {
    /** The first thing a client hears: events after `at` follow. */
    hello(at: number): void {
      seq = at
      say({ type: 'hello', seq, heartbeat_seconds: heartbeatSeconds }, seq)
    },
    /** An event as it happens. One that the client cannot take is lost to it; it hears `resync` when it reads again. */
    offer(event: WireEvent): void {
      seq = event.seq
      if (isBehind) return
      if (transport.pendingBytes() > maxPendingBytes) return void fallBehind()
      write(event)
    },
    /** What a client missed, at its own pace. False when it went away. */
    async replay(events: readonly WireEvent[]): Promise<boolean> {
      for (const event of events) {
        if (transport.pendingBytes() > maxPendingBytes && !(await transport.drained())) return false
        write(event)
        seq = event.seq
      }
      return transport.drained()
    },
    /** Instead of events that are no longer kept: the client reads its lists again and goes on from `at`. */
    resync,
    /** Where it stands, for those who heard nothing for long; an end for those who do not listen. */
    pulse(): 'alive' | 'dead' | 'too slow' {
      if (isBehind && wasBehind) return 'too slow'
      if (!transport.ping()) return 'dead'
      wasBehind = isBehind
      if (!isBehind) say({ type: 'heartbeat', seq }, seq)
      return 'alive'
    },
    /** Wishes take the place of those before, from the number on that is answered. */
    subscribe(next: Wishes, texts: readonly string[]): void {
      wanted = next
      if (transport.pendingBytes() <= maxPendingBytes) say({ type: 'subscribed', seq, to: texts })
    },
    refuse(message: string): void {
      if (transport.pendingBytes() <= maxPendingBytes) say({ type: 'error', code: 'invalid_request_body', message })
    },
  }
}

export type Subscriber = ReturnType<typeof createSubscriber>
