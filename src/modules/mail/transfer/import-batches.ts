import type { ImportFailure, ImportRow } from './import-store.ts'
import { type ImportedLetter, readLetter, subjectOf } from './imported-letter.ts'
import { type MboxEntry, readMbox } from './mbox-reader.ts'

/** A message of the file, fit to be imported or not. */
export type ReadEntry = {
  start: number
  end: number
  letter: (ImportedLetter & { subject: string }) | undefined
  failure: ImportFailure | undefined
}

/** Of one message; mail servers take less. */
const maxMessageBytes = 64 * 1024 * 1024
const maxBatchBytes = 4 * 1024 * 1024
const maxBatchMessages = 100

/** The messages of a file from where it is read on, in batches that are imported in one step. */
export async function* letterEntries(
  bytes: AsyncIterable<Uint8Array>,
  { row, now }: { row: Pick<ImportRow, 'format' | 'read_bytes' | 'is_read'>; now: Date },
): AsyncGenerator<ReadEntry[]> {
  const options = { start: row.read_bytes, maxMessageBytes }
  const entries = row.format === 'mbox' ? readMbox(bytes, options) : readWhole(bytes, options)
  let batch: ReadEntry[] = []
  let size = 0
  for await (const entry of entries) {
    batch.push(readEntry(entry, row.is_read, now))
    size += entry.end - entry.start
    if (batch.length < maxBatchMessages && size < maxBatchBytes) continue
    yield batch
    batch = []
    size = 0
  }
  if (batch.length > 0) yield batch
}

/** A file that is one message. */
async function* readWhole(
  bytes: AsyncIterable<Uint8Array>,
  options: { start: number; maxMessageBytes: number },
): AsyncGenerator<MboxEntry> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size <= options.maxMessageBytes) chunks.push(chunk)
  }
  if (size === 0) return
  const content = size <= options.maxMessageBytes ? Buffer.concat(chunks) : undefined
  yield { start: options.start, end: options.start + size, fromLine: '', content }
}

function readEntry({ start, end, fromLine, content }: MboxEntry, isRead: boolean, now: Date): ReadEntry {
  const failed = (subject: string, reason: string): ReadEntry => ({
    ...{ start, end, letter: undefined, failure: { position: start, subject, reason } },
  })
  if (!content) return failed('', 'It is larger than 64 MiB.')
  const subject = subjectOf(content)
  const letter = readLetter(content, { fromLine, isRead, now })
  if (!letter) return failed(subject, 'It does not begin as a message does, with a header field.')
  return { start, end, letter: { ...letter, subject }, failure: undefined }
}
