import { randomBytes } from 'node:crypto'
import { buildHeaderValue, foldLines, parseHeaderValue } from 'nodemailer/lib/mime-funcs'
import { oneLine } from './header-values.ts'
import { type Encoding, encodedBytes, encodedText, encodingOf } from './transfer-encoding.ts'

/** A part of a message to be (RFC 2045 §2.5): a leaf with its content, or several others. */
export type Part = {
  /** With its parameters, each of them ASCII. */
  contentType: string
  headers?: Readonly<Record<string, string>>
} & ({ children: readonly Part[] } | { content: string | Buffer | AsyncIterable<Buffer>; encoding: Encoding })

/** Text in UTF-8, encoded only as far as it must be to arrive as it is. */
export function textPart(contentType: string, text: string): Part {
  const content = text.toWellFormed().replaceAll(/\r\n?/g, '\n').replaceAll('\0', '')
  return { contentType, content, encoding: encodingOf(content) }
}

/** Fields that machines read, which must not be encoded (RFC 3464 §2.1). */
export const fieldsPart = (contentType: string, content: string): Part => ({
  contentType,
  content,
  encoding: /^[\0-\x7f]*$/.test(content) ? '7bit' : '8bit',
})

export const multipart = (subtype: string, children: readonly Part[]): Part => ({
  contentType: `multipart/${subtype}`,
  children,
})

export type FilePart = {
  contentType: string
  filename: string
  disposition: 'attachment' | 'inline'
  contentId?: string | undefined
  content: AsyncIterable<Buffer> | Buffer
  encoding?: Encoding
}

/** RFC 2183; a name beyond ASCII, or a long one, is encoded by RFC 2231. */
export function filePart({ contentType, filename, disposition, contentId, content, encoding }: FilePart): Part {
  const name = oneLine(filename) || 'attachment'
  return {
    contentType: buildHeaderValue({ value: oneLine(contentType), params: { name } }),
    headers: {
      'Content-Disposition': buildHeaderValue({ value: disposition, params: { filename: name } }),
      ...(contentId !== undefined && { 'Content-ID': `<${contentId.replaceAll(/[^!-;=?-~]/g, '')}>` }),
    },
    content,
    encoding: encoding ?? 'base64',
  }
}

/** A part with its own header fields, and all below it; its last line is ended. Files are read one after the other. */
export async function* streamPart(part: Part): AsyncGenerator<Buffer> {
  let last: Buffer | undefined
  for await (const piece of piecesOf(part, { stem: `--=_ulti-${randomBytes(12).toString('hex')}`, count: 0 })) {
    yield piece
    if (piece.length > 0) last = piece
  }
  if (last?.at(-1) !== 10) yield Buffer.from('\r\n')
}

/** RFC 2046 §5.1.1: what separates parts must be in none of them, so that it is left to chance. */
type Boundaries = { stem: string; count: number }

async function* piecesOf(part: Part, boundaries: Boundaries): AsyncGenerator<Buffer> {
  if (!('children' in part)) {
    yield headerOf(part, part.contentType, part.encoding)
    const { content, encoding } = part
    if (typeof content === 'string') yield encodedText(content, encoding)
    else yield* encodedBytes(Buffer.isBuffer(content) ? onlyOne(content) : content, encoding)
    return
  }
  const boundary = `${boundaries.stem}-${++boundaries.count}`
  // RFC 2045 §6.4: an enclosing part is no stricter than what it encloses.
  yield headerOf(part, `${part.contentType}; boundary="${boundary}"`, isEightBit(part) ? '8bit' : undefined)
  for (const [at, child] of part.children.entries()) {
    yield Buffer.from(`${at === 0 ? '' : '\r\n'}--${boundary}\r\n`)
    yield* piecesOf(child, boundaries)
  }
  yield Buffer.from(`\r\n--${boundary}--\r\n`)
}

async function* onlyOne(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

function headerOf({ headers = {} }: Part, contentType: string, encoding: Encoding | undefined): Buffer {
  const fields = {
    'Content-Type': contentTypeValue(contentType),
    ...headers,
    ...(encoding && { 'Content-Transfer-Encoding': encoding }),
  }
  const lines = Object.entries(fields).map(([name, value]) => `${foldLines(`${name}: ${value}`, 76)}\r\n`)
  return Buffer.from(`${lines.join('')}\r\n`)
}

/** As other modules wrote it, it may hold anything. */
const contentTypeValue = (written: string): string =>
  buildHeaderValue(parseHeaderValue(written, { stripComments: true }))

/** Whether a server must be told that there are bytes beyond ASCII (RFC 6152). */
export const isEightBit = (part: Part): boolean =>
  'children' in part ? part.children.some(isEightBit) : part.encoding === '8bit'
