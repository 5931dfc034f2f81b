import type { Vcard, VcardProperty } from './vcard.ts'
import { decodeBytes, encodingIs, readLine, unfold } from './vcard-lines.ts'
import { escapeText, splitEscaped, unescapeText } from './vcard-text.ts'

/** A vCard of a file, or why it is none. `line` is where it begins, from 1. */
export type ReadVcard = { line: number } & ({ vcard: Vcard } | { fault: 'too_large' | 'not_a_vcard' | 'cut_off' })

/** A card with its picture; servers take no more. */
const maxVcardBytes = 4 * 1024 * 1024

/** The first vCard of a text. @throws SyntaxError when it holds none. */
export function readVcard(text: string): Vcard {
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  for (const read of cardsOf(bytes.split(/\r\n|\n|\r/))) if ('vcard' in read) return read.vcard
  throw new SyntaxError('This is no vCard.')
}

function* cardsOf(lines: Iterable<string>): Generator<ReadVcard> {
  const collector = createCollector()
  for (const line of lines) yield* collector.take(line)
  yield* collector.end()
}

/** The vCards of a file, one after the other, whatever its version, line ends and encoding. No more than one is held. */
export async function* readVcards(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadVcard> {
  const collector = createCollector()
  for await (const line of linesOf(asUtf8(chunks))) yield* collector.take(line)
  yield* collector.end()
}

/** UTF-16, which Windows programs write with a byte order mark, as UTF-8. */
async function* asUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  let isFirst = true
  for await (const chunk of chunks) {
    let bytes = Buffer.from(chunk)
    if (isFirst && bytes.length > 0) {
      isFirst = false
      const mark = bytes.subarray(0, 3).toString('latin1')
      if (mark.startsWith('\xff\xfe')) decoder = new TextDecoder('utf-16le')
      else if (mark.startsWith('\xfe\xff')) decoder = new TextDecoder('utf-16be')
      else if (mark === '\xef\xbb\xbf') bytes = bytes.subarray(3)
    }
    yield decoder
      ? Buffer.from(decoder.decode(bytes, { stream: true }), 'utf8').toString('latin1')
      : bytes.toString('latin1')
  }
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    // A line that never ends is cut: the card that it is of is too large anyway.
    if (rest.length > maxVcardBytes + 1) rest = rest.slice(0, maxVcardBytes + 1)
    yield* lines
  }
  if (rest !== '') yield rest.replace(/\r$/, '')
}

/** Gathers the lines of a card; cards in cards (AGENT of vCard 2.1) stay with the one around them. */
function createCollector() {
  let [at, start, depth, size] = [0, 0, 0, 0]
  let isLost = false
  let lines: string[] = []
  return {
    *take(line: string): Generator<ReadVcard> {
      at += 1
      const mark = /^\s*(?:[\w-]+\.)?(BEGIN|END)\s*:\s*VCARD\s*$/i.exec(line)?.[1]?.toUpperCase()
      if (mark === 'BEGIN' && depth === 0) {
        ;[start, depth, size, lines, isLost] = [at, 1, 0, [], false]
        return
      }
      if (depth === 0) {
        if (line.trim() !== '' && !isLost) {
          isLost = true
          yield { line: at, fault: 'not_a_vcard' }
        }
        return
      }
      if (mark === 'BEGIN') depth += 1
      if (mark === 'END') depth -= 1
      if (depth > 0) {
        size += line.length
        if (size <= maxVcardBytes) lines.push(line)
        return
      }
      yield size > maxVcardBytes ? { line: start, fault: 'too_large' } : { line: start, vcard: vcardOf(lines) }
    },
    *end(): Generator<ReadVcard> {
      if (depth > 0) yield { line: start, fault: 'cut_off' }
    },
  }
}

function vcardOf(lines: readonly string[]): Vcard {
  const declared = /^VERSION[^:]*:\s*(\S+)/i
  const version = lines.find((line) => declared.test(line))?.match(declared)?.[1] ?? '3.0'
  const properties = unfold(withoutInnerCards(lines)).flatMap((line) => {
    const read = readLine(line, decodeBytes)
    if (!read || read.name === 'VERSION') return []
    return [normalised(read, version === '2.1')]
  })
  return { version: version === '4.0' ? '4.0' : '3.0', properties }
}

/** RFC 2426 §3.5.4: the AGENT of vCard 2.1, a card of its own, as the one line that it is in 3.0. */
function withoutInnerCards(lines: readonly string[]): string[] {
  const kept: string[] = []
  let inner: string[] | undefined
  for (const line of lines) {
    if (/^\s*BEGIN\s*:\s*VCARD/i.test(line)) inner = ['BEGIN:VCARD']
    else if (inner && /^\s*END\s*:\s*VCARD/i.test(line)) {
      const last = kept.length - 1
      if (kept[last]?.endsWith(':')) kept[last] += escapeText([...inner, 'END:VCARD'].join('\n'))
      inner = undefined
    } else if (inner) inner.push(line)
    else kept.push(line)
  }
  return kept
}

const binary = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY'])
const structured = new Set(['N', 'ADR', 'ORG', 'GENDER'])

/** As it stands in vCard 3: no quoted-printable and no charset, base64 as `b`, texts escaped. */
function normalised(read: VcardProperty, isVersion21: boolean): VcardProperty {
  const isQuoted = encodingIs(read.params, /^quoted-printable$/i)
  const isBinary = encodingIs(read.params, /^(b|base64)$/i)
  const params = read.params
    .filter(
      ({ name, values }) => name !== 'CHARSET' && !(name === 'ENCODING' && !/^(b|base64)$/i.test(values[0] ?? '')),
    )
    .map((param) => (param.name === 'ENCODING' ? { name: 'ENCODING', values: ['b'] } : param))
  if (isBinary) return { ...read, params, value: read.value.replace(/(\\n|\s)+/g, '') }
  const clean = read.value.replace(/[^\P{Cc}\t\r\n]/gu, '')
  if (!isVersion21 && !isQuoted) return { ...read, params, value: clean.replace(/\r\n?|\n/g, '\\n') }
  return { ...read, params, value: isVersion21 ? reescaped(read.name, clean) : clean.replace(/\r\n?|\n/g, '\\n') }
}

/** vCard 2.1 §2.1: a semicolon alone is escaped there. Programs that escape more are understood too. */
function reescaped(name: string, value: string): string {
  if (binary.has(name) || name === 'URL' || name === 'AGENT') return value
  const text = (part: string) => escapeText(unescapeText(part))
  if (structured.has(name)) return splitEscaped(value, ';').map(text).join(';')
  if (name === 'CATEGORIES' || name === 'NICKNAME') return value.split(/[;,]/).map(text).join(',')
  return text(value)
}
