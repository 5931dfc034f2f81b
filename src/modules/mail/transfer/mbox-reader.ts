/** One message of a mailbox file. `content` is undefined for one that is larger than anybody may hold. */
export type MboxEntry = {
  /** Its bytes in the file, from its From_ line to before the next one. */
  start: number
  end: number
  /** The line that begins it, without `From `. */
  fromLine: string
  content: Buffer | undefined
}

export type MboxOptions = {
  /** Where the first byte lies in the file: the beginning of a message. */
  start: number
  maxMessageBytes: number
}

const separator = Buffer.from('\nFrom ')
/** How much behind a From_ line is looked at: that line, and enough of the next. */
const lookAhead = 2000
const initialCapacity = 1024 * 1024

/**
 * The messages of an mbox file (RFC 4155 and the variants that programs write), one at a time, with no more than one of
 * them in memory. A From_ line begins a message when it stands behind an empty line, or says a time, and a header field
 * follows; quoted ones (`>From `) are part of their message.
 */
export async function* readMbox(
  chunks: AsyncIterable<Uint8Array>,
  { start, maxMessageBytes }: MboxOptions,
): AsyncGenerator<MboxEntry> {
  const window = createWindow(maxMessageBytes)
  let entryStart = start
  let isFirst = true
  const entryTo = (length: number): MboxEntry => {
    const taken = window.take(length)
    const entry = { ...taken, start: entryStart, end: entryStart + taken.size }
    entryStart = entry.end
    return entryOf(entry)
  }
  for await (const chunk of chunks) {
    window.add(chunk)
    for (;;) {
      if (isFirst && window.isShort()) break
      const next = window.findStart({ isEnd: false })
      isFirst = false
      if (next === undefined) break
      yield entryTo(next)
    }
  }
  for (let next = window.findStart({ isEnd: true }); next !== undefined; next = window.findStart({ isEnd: true })) {
    yield entryTo(next)
  }
  if (window.length() > 0) yield entryTo(window.length())
}

function entryOf({ start, end, bytes }: { start: number; end: number; bytes: Buffer | undefined }): MboxEntry {
  if (!bytes) return { start, end, fromLine: '', content: undefined }
  const hasFromLine = bytes.subarray(0, 5).toString('latin1') === 'From '
  const lineEnd = hasFromLine ? bytes.indexOf(0x0a) : -1
  const contentStart = hasFromLine ? (lineEnd < 0 ? bytes.length : lineEnd + 1) : 0
  return {
    ...{ start, end },
    fromLine: hasFromLine ? bytes.subarray(5, contentStart).toString('latin1').trim().slice(0, 500) : '',
    content: unquoted(withoutLastBlank(bytes.subarray(contentStart))),
  }
}

/** The empty line before the next From_ line is the file's, not the message's. */
function withoutLastBlank(bytes: Buffer): Buffer {
  const end = bytes.subarray(-4).toString('latin1')
  if (end.endsWith('\r\n\r\n')) return bytes.subarray(0, -2)
  return end.endsWith('\n\n') ? bytes.subarray(0, -1) : bytes
}

/** `>From `, `>>From `, …: one sign of quoting less. */
function unquoted(bytes: Buffer): Buffer {
  if (!bytes.includes('>From ')) return bytes
  return Buffer.from(bytes.toString('latin1').replace(/(^|\n)>(>*From )/g, '$1$2'), 'latin1')
}

/**
 * The bytes of one message that is not complete yet. Of one that grows too large nothing is kept but its end, in which
 * the next one may begin.
 */
function createWindow(maxMessageBytes: number) {
  let buffer = Buffer.allocUnsafe(initialCapacity)
  let length = 0
  /** Bytes of this message that were dropped before those in the buffer. */
  let dropped = 0
  let scanned = 0

  function reserve(more: number): void {
    if (length + more <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, length + more))
    buffer.copy(larger, 0, 0, length)
    buffer = larger
  }

  function keepEnd(): void {
    const kept = Math.min(length, lookAhead)
    dropped += length - kept
    buffer.copyWithin(0, length - kept, length)
    scanned = Math.max(0, scanned - (length - kept))
    length = kept
  }

  return {
    add(chunk: Uint8Array): void {
      reserve(chunk.length)
      buffer.set(chunk, length)
      length += chunk.length
    },
    length: () => dropped + length,
    isShort: () => length < lookAhead,
    /** Where the next message begins, counted from the beginning of this one. */
    findStart({ isEnd }: { isEnd: boolean }): number | undefined {
      for (;;) {
        const at = buffer.subarray(0, length).indexOf(separator, scanned)
        if (at < 0) {
          scanned = Math.max(scanned, length - separator.length)
          if (length > maxMessageBytes || dropped > 0) keepEnd()
          return undefined
        }
        if (!isEnd && length - at < lookAhead) {
          scanned = at
          return undefined
        }
        scanned = at + 1
        if (isSeparator(buffer.subarray(0, length), at + 1)) return dropped + at + 1
      }
    },
    /** Takes a message of that length out. */
    take(size: number): { size: number; bytes: Buffer | undefined } {
      const inBuffer = size - dropped
      const bytes = dropped > 0 || inBuffer > maxMessageBytes ? undefined : Buffer.from(buffer.subarray(0, inBuffer))
      buffer.copyWithin(0, inBuffer, length)
      length -= inBuffer
      dropped = 0
      scanned = 0
      return { size, bytes }
    },
  }
}

const fieldLine = /^(?:>?From |[!-9;-~]{1,200}[ \t]*:)/
const saysTime = /\d{1,2}:\d{2}(?::\d{2})?/

/** Whether the `From ` at `at`, which begins a line, begins a message. */
function isSeparator(bytes: Buffer, at: number): boolean {
  const text = bytes.subarray(at, at + lookAhead).toString('latin1')
  const [line = '', next = ''] = text.split(/\r?\n/, 2)
  if (!fieldLine.test(next)) return false
  const before = bytes.subarray(Math.max(0, at - 4), at).toString('latin1')
  const isBehindBlank = before.endsWith('\n\n') || before.endsWith('\n\r\n') || at <= 2
  const rest = line.slice(5).trim()
  return saysTime.test(rest) || (isBehindBlank && (rest === '' || rest === '-'))
}
