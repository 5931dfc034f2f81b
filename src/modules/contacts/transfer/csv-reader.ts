import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import iconv from 'iconv-lite'
import { AppError } from '#platform/errors.ts'
import type { CardDraft } from '../card/card.ts'
import { type CsvRow, googleDraft, isGoogle } from './csv-google.ts'
import { isOutlook, outlookDraft } from './csv-outlook.ts'

/** A row that was read: `line` is where it ends in the file, from 1. */
export type ReadRow = { line: number; draft: CardDraft }

const headBytes = 64 * 1024

/**
 * Contacts of a CSV file with the columns of Google or Outlook, in whatever encoding and with whatever separator.
 * @throws AppError `contacts.unknown_columns`, `contacts.unreadable_csv`
 */
export async function* readCsv(content: Readable): AsyncGenerator<ReadRow> {
  const { head, whole } = await headOf(content)
  const encoding = encodingOf(head)
  const text = iconv.decode(head, encoding)
  const parser = whole.pipe(iconv.decodeStream(encoding)).pipe(
    parse({
      ...{ bom: true, columns: false, skip_empty_lines: true, relax_column_count: true, relax_quotes: true },
      ...{ delimiter: delimiterOf(text), max_record_size: 1024 * 1024, info: true },
    }),
  )
  let columns: string[] | undefined
  let draftOf: ((row: CsvRow) => CardDraft) | undefined
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns === undefined || draftOf === undefined) {
        columns = record.map((name) => name.trim())
        draftOf = mappingOf(new Set(columns))
        continue
      }
      const names = columns
      const cells = record.flatMap((cell, at) =>
        cell.trim() === '' ? [] : [[names[at] ?? '', unguarded(cell.trim())] as const],
      )
      if (cells.length > 0) yield { line: info.lines, draft: draftOf(new Map(cells)) }
    }
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(error)
  } finally {
    content.destroy()
  }
}

/** The beginning, and all of it as a stream. */
async function headOf(content: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const chunks: Buffer[] = []
  const iterator = content[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let size = 0
  while (size < headBytes) {
    const { value, done } = await iterator.next()
    if (done) break
    chunks.push(value)
    size += value.byteLength
  }
  const head = Buffer.concat(chunks)
  async function* all() {
    yield head
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  return { head, whole: Readable.from(all()) }
}

/** UTF-8 unless it is not; then what Outlook writes. */
function encodingOf(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  // The last character may be cut off.
  return head.toString('utf8').slice(0, -4).includes('\ufffd') ? 'windows-1252' : 'utf8'
}

function delimiterOf(text: string): string {
  const [line = ''] = text.split(/\r?\n/)
  const counts = [',', ';', '\t'].map((one) => [one, line.split(one).length] as const)
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0]
}

function mappingOf(columns: ReadonlySet<string>): (row: CsvRow) => CardDraft {
  if (isGoogle(columns)) return googleDraft
  if (isOutlook(columns)) return outlookDraft
  throw new AppError(
    'unprocessable',
    'contacts.unknown_columns',
    'These are not the columns of Google or Outlook; export the contacts there once more as CSV, in English.',
  )
}

/** What our own export puts before what a spreadsheet would take for a formula. */
const unguarded = (cell: string): string => cell.replace(/^'(?=[=@])/, '')

const unreadable = (cause: unknown) =>
  new AppError(
    'unprocessable',
    'contacts.unreadable_csv',
    'The file cannot be read as CSV from some row on; check its quotes, or export it once more.',
    { cause },
  )
