import type { AnswerBytes } from '#integrations/imap/fetch/fetch-answer.ts'
import { createThreadPool, type ThreadPool } from '#platform/threads/thread-pool.ts'
import type { BodyColumns, HtmlColumns } from './body-columns.ts'
import { type FetchedMessage, type ReadBodies, readBodies, readHtml } from './fetched-bodies.ts'
import { type ListedRows, listedRows } from './listing-rows.ts'
import type { MessageRow } from './message-row.ts'

export type ParserTask =
  | { kind: 'listing'; answers: AnswerBytes; now: Date }
  | { kind: 'bodies' | 'html'; answers: readonly AnswerBytes[]; messages: readonly FetchedMessage[] }

/** Reads what mail servers answer: little of it here, much of it in threads, so that requests are answered meanwhile. */
export type Parsers = {
  listing(answers: AnswerBytes, now: Date): Promise<ListedRows>
  /** Bodies and what they are found by. @throws ThreadDied */
  bodies(answers: readonly AnswerBytes[], messages: readonly FetchedMessage[]): Promise<ReadBodies<BodyColumns>>
  html(answers: readonly AnswerBytes[], messages: readonly FetchedMessage[]): Promise<ReadBodies<HtmlColumns>>
  close(): Promise<void>
}

/** Read at once: it takes less time than to have it done. */
const fewBytes = 16 * 1024

export function createParsers(threads: number): Parsers {
  const pool = createThreadPool({
    script: new URL('./parser-thread.ts', import.meta.url),
    size: threads,
    maxHeapMegabytes: 128,
    taskTimeoutMs: 60_000,
    idleMs: 30_000,
  })
  const inThread = <Answer>(kind: 'bodies' | 'html', ...[answers, messages]: Parameters<Parsers['bodies']>) =>
    pool.run<Answer>({ kind, answers, messages } satisfies ParserTask, answers.map(memoryOf))
  return {
    listing: (answers, now) => listing(pool, answers, now),
    bodies: async (answers, messages) =>
      isLittle(answers) ? readBodies(answers, messages) : inThread('bodies', answers, messages),
    html: async (answers, messages) =>
      isLittle(answers) ? readHtml(answers, messages) : inThread('html', answers, messages),
    close: pool.close,
  }
}

async function listing(pool: ThreadPool, answers: AnswerBytes, now: Date): Promise<ListedRows> {
  // Whoever looks at a new mailbox for the first time does not wait until a thread has started.
  if (answers.bytes.length < fewBytes || !pool.isWarm()) return listedRows(answers, now)
  const task: ParserTask = { kind: 'listing', answers, now }
  const json = await pool.run<string>(task, [memoryOf(answers)])
  const listed: ListedRows = JSON.parse(json)
  for (const row of listed.rows) reviveDates(row)
  return listed
}

const memoryOf = ({ bytes }: AnswerBytes) => bytes.buffer as ArrayBuffer

const isLittle = (answers: readonly AnswerBytes[]) =>
  answers.reduce((sum, { bytes }) => sum + bytes.length, 0) < fewBytes

function reviveDates(row: MessageRow): void {
  row.receivedAt = new Date(row.receivedAt)
  if (row.sentAt !== null) row.sentAt = new Date(row.sentAt)
}
