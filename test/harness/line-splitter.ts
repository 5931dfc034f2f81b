export type LinePosition = {
  /** False for what follows an IMAP literal in the same command or response. */
  isFirst: boolean
}

export type LineSplitter = {
  push(chunk: Buffer): void
  /** Nothing of a command or response is under way. */
  isAtBoundary(): boolean
  /** The octets of a synchronising literal (RFC 9051 §4.3) which was announced and of which none has come yet. */
  isAwaitingLiteral(): boolean
  /** That literal was refused: what comes next is a new command. */
  cancelLiteral(): void
  /** From now on the stream is not text. */
  becomeOpaque(): void
}

type Sink = {
  /** With its line end. */
  onLine(line: Buffer, position: LinePosition): void
  /** Octets of a literal, or of a stream that is not text. */
  onBytes(bytes: Buffer): void
}

/** Longer ones are no lines of a text protocol. */
const LONGEST_LINE = 4_194_304

/** Cuts one direction of a connection into lines and, if `hasLiterals`, the IMAP literals between them. */
export function createLineSplitter(sink: Sink, { hasLiterals }: { hasLiterals: boolean }): LineSplitter {
  let rest: Buffer[] = []
  let restLength = 0
  let literalLeft = 0
  let isLiteralAwaited = false
  let isFirst = true
  let isOpaque = false

  function takeLine(line: Buffer): void {
    const position = { isFirst }
    const literal = hasLiterals ? /\{(\d+)(\+?)\}\r?\n$/.exec(line.subarray(-32).toString('latin1')) : undefined
    literalLeft = Number(literal?.[1] ?? 0)
    isLiteralAwaited = literal?.[2] === ''
    isFirst = !literal
    sink.onLine(line, position)
  }

  /** Answers how many bytes of the chunk it took. */
  function takeOne(chunk: Buffer): number {
    if (isOpaque) {
      sink.onBytes(chunk)
      return chunk.length
    }
    if (literalLeft > 0) {
      const part = chunk.subarray(0, literalLeft)
      literalLeft -= part.length
      isLiteralAwaited = false
      sink.onBytes(part)
      return part.length
    }
    const end = chunk.indexOf(0x0a) + 1
    rest.push(end > 0 ? chunk.subarray(0, end) : chunk)
    restLength += end > 0 ? end : chunk.length
    if (end > 0) takeLine(takeRest())
    else if (restLength > LONGEST_LINE) becomeOpaque()
    return end > 0 ? end : chunk.length
  }

  function takeRest(): Buffer {
    const line = rest.length === 1 && rest[0] ? rest[0] : Buffer.concat(rest)
    rest = []
    restLength = 0
    return line
  }

  function becomeOpaque(): void {
    isOpaque = true
    if (restLength > 0) sink.onBytes(takeRest())
  }

  return {
    push(chunk) {
      for (let offset = 0; offset < chunk.length; ) offset += takeOne(chunk.subarray(offset))
    },
    isAtBoundary: () => isFirst && literalLeft === 0,
    isAwaitingLiteral: () => isLiteralAwaited,
    cancelLiteral() {
      literalLeft = 0
      isLiteralAwaited = false
      isFirst = true
    },
    becomeOpaque,
  }
}
