const [LF, CR, BRACE, BRACE_END, ZERO, NINE] = [10, 13, 123, 125, 48, 57]

/** The first bytes of a `* 12 FETCH (`, which tell it from all else that a server says. */
const isFetch = (line: Buffer): boolean => /^\* \d{1,10} FETCH \(/i.test(line.toString('latin1', 0, 24))

export type SplitTo = {
  /** One whole FETCH answer, its line end included. */
  onFetch: (parts: Buffer[]) => void
  /** Anything else, whole lines with their literals. */
  onOther: (parts: Buffer[]) => void
  /** More bytes in one answer than may be held. */
  onTooLarge: () => void
  maxBytes: number
}

/**
 * Splits what a server sends into its answers (RFC 3501 §7): a line, and after `{n}` at its end n bytes and a line more.
 * Pieces are views of the chunks; only lines that lie in two of them are copied.
 */
export function createAnswerSplitter({ onFetch, onOther, onTooLarge, maxBytes }: SplitTo) {
  let answer: Buffer[] = []
  let answerBytes = 0
  /** Of a line whose end did not come yet. */
  let line: Buffer[] = []
  let lineBytes = 0
  let literalLeft = 0
  let isFetched: boolean | undefined

  function add(piece: Buffer): void {
    answer.push(piece)
    answerBytes += piece.length
    if (answerBytes + literalLeft > maxBytes) onTooLarge()
  }

  function endLine(piece: Buffer): void {
    const whole = line.length === 0 ? piece : Buffer.concat([...line, piece])
    line = []
    lineBytes = 0
    isFetched ??= isFetch(whole)
    const literal = literalBehind(whole)
    literalLeft = literal ?? 0
    add(whole)
    if (literal !== undefined) return
    const [done, take] = [answer, isFetched ? onFetch : onOther]
    answer = []
    answerBytes = 0
    isFetched = undefined
    take(done)
  }

  return {
    push(chunk: Buffer): void {
      for (let at = 0; at < chunk.length; ) {
        if (literalLeft > 0) {
          const piece = chunk.subarray(at, at + literalLeft)
          at += piece.length
          literalLeft -= piece.length
          add(piece)
          continue
        }
        const newline = chunk.indexOf(LF, at)
        const end = newline === -1 ? chunk.length : newline + 1
        const piece = chunk.subarray(at, end)
        at = end
        if (newline !== -1) endLine(piece)
        else {
          line.push(piece)
          lineBytes += piece.length
          if (answerBytes + lineBytes > maxBytes) onTooLarge()
        }
      }
    },
  }
}

/** The bytes of the literal that a `{123}` at the end of a line announces. */
function literalBehind(line: Buffer): number | undefined {
  let at = line.length - 2
  if (line[at] === CR) at--
  if (line[at] !== BRACE_END) return undefined
  const to = at
  for (at--; at >= 0; at--) {
    const one = line[at] as number
    if (one < ZERO || one > NINE) break
  }
  const isMarker = line[at] === BRACE && to - at > 1 && to - at < 12
  return isMarker ? Number(line.toString('latin1', at + 1, to)) : undefined
}
