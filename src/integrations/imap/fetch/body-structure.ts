import { type AnswerReader, byte } from './answer-reader.ts'

/** Names in lower case and values, in turn, as the server wrote them. */
type RawParameters = string[]

/** A leaf of the MIME tree; strings are Latin-1 of the bytes. */
export type BodyLeaf = {
  /** The section to fetch: `1.2`. */
  part: string
  /** In lower case, `text/plain`. */
  type: string
  parameters: RawParameters
  id: string | null
  encoding: string | null
  size: number
  /** In lower case. */
  disposition: string | null
  dispositionParameters: RawParameters
}

/** More parts than any person sends; a bomb's remaining parts are passed over. */
const maxLeaves = 500
const maxDepth = 40

/**
 * The leaves of a BODYSTRUCTURE (RFC 3501 §7.4.2) in reading order: an enclosed message is one, whatever it holds. Not
 * more than 500, and none that lie deeper than 40; undefined when the server knows no structure.
 */
export function readBodyLeaves(reader: AnswerReader): BodyLeaf[] | undefined {
  if (reader.peek() !== byte.open) {
    reader.skip()
    return undefined
  }
  const leaves: BodyLeaf[] = []
  readNode(reader, leaves, '', 0)
  return leaves
}

function readNode(reader: AnswerReader, leaves: BodyLeaf[], path: string, depth: number): void {
  if (depth > maxDepth || leaves.length >= maxLeaves) {
    reader.skip()
    return
  }
  reader.expect(byte.open)
  reader.skipSpaces()
  if (reader.peek() === byte.open) readMultipart(reader, leaves, path, depth)
  else leaves.push(readLeaf(reader, path))
  skipRest(reader)
}

function readMultipart(reader: AnswerReader, leaves: BodyLeaf[], path: string, depth: number): void {
  for (let part = 1; reader.peek() === byte.open; part++) {
    readNode(reader, leaves, path === '' ? `${part}` : `${path}.${part}`, depth + 1)
    reader.skipSpaces()
  }
}

/** A message that is no multipart has one part, and its number is 1 (RFC 3501 §6.4.5). */
function readLeaf(reader: AnswerReader, path: string): BodyLeaf {
  const type = `${field(reader) ?? ''}/${field(reader) ?? ''}`.toLowerCase()
  const parameters = readParameters(reader)
  const id = field(reader)
  // The description.
  field(reader)
  const encoding = field(reader)
  const size = Number(field(reader)) || 0
  if (type === 'message/rfc822') skipEnclosed(reader)
  const leaf = { part: path || '1', type, parameters, id, encoding, size, disposition: null, dispositionParameters: [] }
  return { ...leaf, ...readDisposition(reader) }
}

/** Null where it is NIL, of another kind, or left out. */
function field(reader: AnswerReader): string | null {
  reader.skipSpaces()
  const next = reader.peek()
  if (next === byte.close) return null
  if (next !== byte.open) return reader.text()
  reader.skip()
  return null
}

function readParameters(reader: AnswerReader): RawParameters {
  reader.skipSpaces()
  const found: RawParameters = []
  if (reader.peek() !== byte.open) {
    field(reader)
    return found
  }
  reader.expect(byte.open)
  for (;;) {
    reader.skipSpaces()
    if (reader.take(byte.close)) return found
    const name = field(reader)
    found.push((name ?? '').toLowerCase(), field(reader) ?? '')
  }
}

/** ENVELOPE and BODYSTRUCTURE of an enclosed message; a server that leaves them out goes on with a string. */
function skipEnclosed(reader: AnswerReader): void {
  for (let list = 0; list < 2; list++) {
    reader.skipSpaces()
    if (reader.peek() !== byte.open) return
    reader.skip()
  }
}

/** The first list behind the size, the number of lines and the MD5 sum: some servers leave out one of these or both. */
function readDisposition(reader: AnswerReader): Pick<BodyLeaf, 'disposition' | 'dispositionParameters'> | undefined {
  for (let before = 0; before < 3; before++) {
    reader.skipSpaces()
    if (reader.take(byte.open)) {
      const disposition = field(reader)?.toLowerCase() ?? null
      const dispositionParameters = readParameters(reader)
      skipRest(reader)
      return { disposition, dispositionParameters }
    }
    field(reader)
  }
}

/** Extensions, known and unknown ones, up to the end of the list. */
function skipRest(reader: AnswerReader): void {
  for (reader.skipSpaces(); !reader.take(byte.close); reader.skipSpaces()) reader.skip()
}
