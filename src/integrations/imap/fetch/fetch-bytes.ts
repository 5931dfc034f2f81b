import type { Transform } from 'node:stream'
import type { ImapFlow } from 'imapflow'
import { createAnswerSplitter } from './answer-splitter.ts'
import type { AnswerBytes } from './fetch-answer.ts'

/** What of imapflow 2.10 is not in its types: its command runner, and the stream that reads what the server sends. */
type Internals = {
  exec(command: string, attributes: unknown[], options: { untagged: Record<string, () => void> }): Promise<Tagged>
  streamer: Transform & {
    readBytesCounter: number
    /** 1 between and in lines, 2 in a literal. */
    state: number
    lineBytes: number
    inputBuffer: unknown[]
    inputQueue: unknown[]
  }
}
type Tagged = { next(): void }

/** Whole answers; while what it returns is not settled, nothing more is read. */
export type TakeAnswers = (answers: AnswerBytes) => Promise<void> | undefined

export type FetchItem = { name: string; section?: string; fields?: readonly string[]; maxBytes?: number }

/** Answers are handed over once they have this size together. */
const handOverBytes = 128 * 1024
/** Servers are chosen by users: what one of them can make this process hold is bounded. */
const maxAnswerBytes = 64 * 1024 * 1024

/**
 * UID FETCH in the selected folder whose answers are handed over as the bytes that they are, for whoever reads them,
 * in any thread. imapflow sends the command and hears its end and all else that the server says meanwhile; its parser
 * takes ten times as long, and this is most of what a sync receives.
 * @throws what `exec` of imapflow throws, and an Error when an answer went astray: then nothing is known of what lacks.
 */
export async function fetchBytes(
  client: ImapFlow,
  uids: string,
  items: readonly FetchItem[],
  onAnswers: TakeAnswers,
): Promise<void> {
  const { exec, streamer } = client as unknown as Internals
  const diversion = diversions.get(client) ?? divert(streamer)
  diversions.set(client, diversion)
  let isAstray = false
  const untagged = {
    // What imapflow had begun to read before.
    FETCH: () => {
      isAstray = true
    },
  }
  diversion.begin(onAnswers)
  try {
    const attributes = [{ type: 'SEQUENCE', value: uids }, items.map(attributeOf)]
    const done = await exec.call(client, 'UID FETCH', attributes, { untagged })
    done.next()
  } finally {
    diversion.end()
  }
  if (isAstray) throw new Error('An answer of the mail server went astray.')
}

const diversions = new WeakMap<ImapFlow, ReturnType<typeof divert>>()

function attributeOf({ name, section, fields, maxBytes }: FetchItem) {
  const atom = { type: 'ATOM', value: name }
  if (section === undefined) return atom
  const parts: unknown[] = [{ type: 'ATOM', value: section }]
  if (fields) parts.push(fields.map((value) => ({ type: 'ATOM', value })))
  return { ...atom, section: parts, ...(maxBytes !== undefined && { partial: [0, maxBytes] }) }
}

/**
 * From now on all that the server says is split here, and while somebody takes them FETCH answers do not reach imapflow.
 * For the rest of the connection: whoever ends in the middle of an answer would leave half of it behind.
 */
function divert(streamer: Internals['streamer']) {
  const original = streamer._transform
  let onAnswers: TakeAnswers | undefined
  let fetched: Buffer[] = []
  let starts: number[] = []
  let fetchedBytes = 0
  let others: Buffer[] = []
  let isSplitting = false

  const splitter = createAnswerSplitter({
    onFetch(parts) {
      if (!onAnswers) return void others.push(...parts)
      starts.push(fetchedBytes)
      for (const part of parts) {
        fetched.push(part)
        fetchedBytes += part.length
      }
    },
    onOther: (parts) => void others.push(...parts),
    onTooLarge: () => void streamer.destroy(new Error('An answer of the mail server is too large.')),
    maxBytes: maxAnswerBytes,
  })

  function handOver(): Promise<void> | undefined {
    if (starts.length === 0) return undefined
    const answers = { bytes: joined(fetched, fetchedBytes), starts }
    fetched = []
    starts = []
    fetchedBytes = 0
    return onAnswers?.(answers)
  }

  streamer._transform = (chunk: Buffer, encoding, next) => {
    // An answer that imapflow has begun to read, it reads to its end.
    isSplitting ||= isBetweenAnswers(streamer)
    if (!isSplitting) return original.call(streamer, chunk, encoding, next)
    splitter.push(chunk)
    const passedOn = Buffer.concat(others)
    others = []
    const goOn = () => {
      streamer.readBytesCounter += chunk.length - passedOn.length
      if (passedOn.length > 0) original.call(streamer, passedOn, encoding, next)
      else next()
    }
    // Before the end of the command is told, all of its answers are.
    const isBusy = fetchedBytes >= handOverBytes || passedOn.length > 0 ? handOver() : undefined
    if (isBusy) isBusy.then(goOn, (error) => streamer.destroy(error))
    else goOn()
  }

  return {
    begin(take: TakeAnswers): void {
      onAnswers = take
    },
    end(): void {
      onAnswers = undefined
      fetched = []
      starts = []
      fetchedBytes = 0
    },
  }
}

/** In memory of its own, which can be given to another thread. */
function joined(pieces: readonly Buffer[], length: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const piece of pieces) at += piece.copy(whole, at)
  return whole
}

const isBetweenAnswers = ({ state, lineBytes, inputBuffer, inputQueue }: Internals['streamer']) =>
  state === 1 && lineBytes === 0 && inputBuffer.length === 0 && inputQueue.length === 0
