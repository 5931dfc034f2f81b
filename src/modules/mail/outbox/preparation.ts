import { ClaimLost } from './claims.ts'
import { withFooters } from './footers.ts'
import { ContentMissing, type Mime, makeMime } from './outbox-mime.ts'
import type { Outcomes } from './outcomes.ts'
import type { TransmissionRun } from './transmission-run.ts'
import { claimOf, type OutgoingRow, transmissionStore } from './transmission-store.ts'
import type { WaitingLine } from './waiting-line.ts'

/** A message with what is to be sent of it. */
export type PreparedMessage = {
  row: OutgoingRow
  mime: Mime
  isMimeKept: boolean
  /** When it was stored that this message is about to leave, by `performance.now()`. */
  markedAt?: number
}

/**
 * Of a long line, some messages are marked together before their turn: a commit for each would take longer than all the
 * rest. A crash leaves these to be asked about as well (see `findOut`), so there are few of them.
 */
const markedTogether = 8
const mostAhead = 2 * markedTogether

/** Makes the content of a line's messages, and has it stored that they are about to leave. */
export function createPreparation(run: TransmissionRun, line: WaitingLine, outcomes: Outcomes) {
  const { deps, account, claims } = run
  const ready: PreparedMessage[] = []
  const preparing = new Set<Promise<void>>()
  let isServerProven = false
  let isAtEnd = false

  async function prepare(row: OutgoingRow): Promise<PreparedMessage | undefined> {
    try {
      return await withContent(row)
    } catch (error) {
      outcomes.fail(row, error)
    }
  }

  async function withContent(row: OutgoingRow): Promise<PreparedMessage> {
    const kept = { size: row.size_bytes ?? 0, isEightBit: row.is_8bit }
    if (row.mime) return { row, mime: { ...kept, bytes: row.mime }, isMimeKept: true }
    if (row.mime_object !== null) return { row, mime: { ...kept, object: row.mime_object }, isMimeKept: true }
    const { message_id_header: messageIdHeader, not_before: date } = row
    if (!row.composition) throw new ContentMissing()
    const { ownerId } = account
    const footers = await deps.policies?.footers(ownerId)
    const composition = footers ? withFooters(row.composition, footers) : row.composition
    const mime = await makeMime(deps.objects, { ownerId, id: row.id, messageIdHeader, date, composition })
    if (mime.bytes) return { row, mime, isMimeKept: false }
    if (await transmissionStore.keepMime(deps.database, ownerId, claimOf(row), mime)) {
      return { row, mime, isMimeKept: true }
    }
    throw new ClaimLost()
  }

  /** @returns those that are still ours. */
  async function markAll(messages: readonly PreparedMessage[]): Promise<PreparedMessage[]> {
    if (messages.length === 0) return []
    const markedAt = performance.now()
    const marks = messages.map(({ row, mime, isMimeKept }) => ({
      ...claimOf(row),
      mime: isMimeKept ? undefined : mime,
    }))
    const held = await transmissionStore.markTransmitting(deps.database, account.ownerId, marks, deps.claimSeconds)
    for (const { row } of messages) if (!held.has(row.id)) claims.letGo(claimOf(row))
    return messages
      .filter(({ row }) => held.has(row.id))
      .map((message) => Object.assign(message, { markedAt, isMimeKept: true }))
  }

  /** Nothing is marked ahead of its turn before the server has taken a message. */
  async function prepareMore(): Promise<void> {
    const isAhead = isServerProven
    const rows = await line.next(isAhead ? markedTogether : 1)
    isAtEnd ||= rows.length === 0
    const prepared: PreparedMessage[] = []
    for (const row of rows) {
      const message = await prepare(row)
      if (message) prepared.push(message)
    }
    ready.push(...(isAhead ? await markAhead(prepared) : prepared))
  }

  async function markAhead(messages: readonly PreparedMessage[]): Promise<PreparedMessage[]> {
    try {
      return await markAll(messages)
    } catch (error) {
      for (const { row } of messages.toReversed()) line.putBack(row)
      throw error
    }
  }

  function startPreparing(): Promise<void> {
    const more = prepareMore().finally(() => preparing.delete(more))
    // Whoever waits for it hears of its failure.
    more.catch(() => undefined)
    preparing.add(more)
    return more
  }

  function prepareAhead(): void {
    if (!isServerProven || isAtEnd) return
    while (ready.length + preparing.size * markedTogether <= mostAhead - markedTogether) startPreparing()
  }

  return {
    /** The next message; undefined at the end of the line. */
    async next(): Promise<PreparedMessage | undefined> {
      while (line.isOpen()) {
        const message = ready.shift()
        prepareAhead()
        if (message) return message
        if (preparing.size > 0) await Promise.race(preparing)
        else if (isAtEnd) return undefined
        else await startPreparing()
      }
    },

    /**
     * Has it stored that a message is about to leave, unless that was done just now: a process that was stopped for a
     * while may have lost its claim since. @throws ClaimLost when the message is somebody else's by now.
     */
    async mark(message: PreparedMessage): Promise<void> {
      const { markedAt = Number.NEGATIVE_INFINITY } = message
      if (performance.now() - markedAt < (deps.claimSeconds * 1000) / 4) return
      if ((await markAll([message])).length === 0) throw new ClaimLost()
    },

    /** Messages may be marked ahead from now on. */
    serverProven(): void {
      isServerProven = true
    },

    /** For one that could not be tried. */
    putBack: (message: PreparedMessage): void => void ready.unshift(message),

    /** Gives the messages back to the line that nobody has taken. */
    async stop(): Promise<void> {
      await Promise.allSettled(preparing)
      for (const { row } of ready.splice(0)) line.putBack(row)
    },
  }
}
