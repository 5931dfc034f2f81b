/** An answer that breaks the grammar; only its own message is lost to whoever reads it. */
export class UnreadableAnswer extends Error {
  constructor(what: string) {
    super(`An answer of the mail server could not be read: ${what}.`)
    this.name = 'UnreadableAnswer'
  }
}

export const byte = {
  space: 32,
  quote: 34,
  open: 40,
  close: 41,
  less: 60,
  square: 91,
  squareEnd: 93,
  backslash: 92,
  brace: 123,
}
const [CR, LF, ZERO, NINE, BRACE_END] = [13, 10, 48, 57, 125]

/**
 * Reads the values of RFC 3501 §9 out of one answer, in place and in one pass. Strings come as Latin-1, a character for
 * each byte: what charset they are in is not known here.
 */
export function createAnswerReader(bytes: Buffer) {
  let at = 0
  let end = bytes.length

  function fail(what: string): never {
    throw new UnreadableAnswer(`${what} at byte ${at}`)
  }

  /** Begins to read an answer of several that lie in `bytes`. */
  function open(from: number, to: number): void {
    at = from
    end = to
  }

  const peek = (): number => (at < end ? (bytes[at] as number) : -1)

  function skipSpaces(): void {
    while (peek() === byte.space) at++
  }

  /** True when the next byte is `wanted`, which is then behind. */
  function take(wanted: number): boolean {
    if (peek() !== wanted) return false
    at++
    return true
  }

  function expect(wanted: number): void {
    if (!take(wanted)) fail(`"${String.fromCharCode(wanted)}" is missing`)
  }

  /** Up to a space, a bracket or the end. */
  function atom(): string {
    const from = at
    for (; at < end; at++) {
      const one = bytes[at] as number
      if (one === byte.space || one === byte.open || one === byte.close || one === CR || one === LF) break
    }
    return bytes.toString('latin1', from, at)
  }

  /** The name of an item: an atom that a section and an origin may follow, `BODY[1.2]<0>`, in upper case. */
  function itemName(): string {
    const from = at
    for (; at < end; at++) {
      const one = bytes[at] as number
      if (one === byte.square) skipSection()
      else if (one === byte.space || one === byte.open || one === byte.close) break
    }
    return bytes.toString('latin1', from, at).toUpperCase()
  }

  function skipSection(): void {
    for (; at < end; at++) {
      const one = bytes[at] as number
      if (one === byte.squareEnd) return
      if (one === byte.quote) {
        skipQuoted()
        at--
      }
    }
    fail('a section without an end')
  }

  function number(): number {
    let value = 0
    const from = at
    for (; at < end; at++) {
      const digit = bytes[at] as number
      if (digit < ZERO || digit > NINE) break
      value = value * 10 + digit - ZERO
    }
    if (at === from || at - from > 20) fail('no number')
    return value
  }

  /** Where the bytes of a literal are, `{5}` and its line end being behind. */
  function literal(): { from: number; to: number } {
    expect(byte.brace)
    const size = number()
    if (!take(BRACE_END)) fail('no literal')
    take(CR)
    expect(LF)
    const from = at
    if (size > end - from) fail('a literal beyond the answer')
    at = from + size
    return { from, to: at }
  }

  function skipQuoted(): boolean {
    let isEscaped = false
    for (at++; at < end; at++) {
      const one = bytes[at] as number
      if (one === byte.quote) {
        at++
        return isEscaped
      }
      if (one === byte.backslash) {
        isEscaped = true
        at++
      }
    }
    return fail('a quoted string without an end')
  }

  function quoted(): string {
    const from = at + 1
    const isEscaped = skipQuoted()
    const text = bytes.toString('latin1', from, at - 1)
    return isEscaped ? text.replace(/\\(.)/gs, '$1') : text
  }

  /** A string, an atom, or null for NIL. */
  function text(): string | null {
    const next = peek()
    if (next === byte.quote) return quoted()
    if (next === byte.brace) {
      const { from, to } = literal()
      return bytes.toString('latin1', from, to)
    }
    if (next === byte.open || next === byte.close) fail('no string')
    const word = atom()
    return word === 'NIL' || word === 'nil' || word === '' ? null : word
  }

  /** The bytes of a string, not copied; null for NIL. */
  function content(): Buffer | null {
    if (peek() === byte.brace) {
      const { from, to } = literal()
      return bytes.subarray(from, to)
    }
    const value = text()
    return value === null ? null : Buffer.from(value, 'latin1')
  }

  /** Strings in brackets, or none for NIL. What is nested deeper is left out. */
  function texts(): string[] {
    const values: string[] = []
    if (!take(byte.open)) {
      const value = text()
      return value === null ? values : [value]
    }
    for (;;) {
      skipSpaces()
      if (take(byte.close)) return values
      if (peek() === byte.open) skip()
      else {
        const from = at
        const value = text()
        if (value !== null) values.push(value)
        if (at === from) fail('a list without an end')
      }
    }
  }

  /** Passes over one value, whatever it is. */
  function skip(): void {
    let depth = 0
    do {
      skipSpaces()
      const next = peek()
      if (next === -1) fail('a list without an end')
      if (next === byte.open) {
        depth++
        at++
      } else if (next === byte.close) {
        depth--
        at++
        if (depth < 0) fail('a bracket too many')
      } else if (next === byte.quote) skipQuoted()
      else if (next === byte.brace) literal()
      else if (atom() === '') fail('no value')
    } while (depth > 0)
  }

  return { open, peek, take, expect, skipSpaces, atom, itemName, number, text, content, texts, skip, fail }
}

export type AnswerReader = ReturnType<typeof createAnswerReader>
