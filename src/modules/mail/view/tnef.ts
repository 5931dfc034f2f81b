import { decodeText, type TextEncoding } from '../sync/decode-text.ts'

/** A file within a TNEF stream: where it lies, from the first byte of the stream. */
export type TnefFile = {
  filename: string | null
  content_type: string
  offset: number
  size: number
  content_id: string | null
}

/** What a TNEF stream (MS-OXTNEF, `winmail.dat`) holds. */
export type TnefContent = { files: TnefFile[]; text: string | null; html: string | null }

const signature = 0x223e9f78
const attribute = {
  body: 0x0002800c,
  messageProperties: 0x00069003,
  attachmentStart: 0x00069002,
  attachmentTitle: 0x00018010,
  attachmentData: 0x0006800f,
  attachmentProperties: 0x00069005,
  codepage: 0x00069007,
}
const property = {
  body: 0x1000,
  html: 0x1013,
  codepage: 0x3fde,
  filename: 0x3704,
  longFilename: 0x3707,
  mimeType: 0x370e,
  contentId: 0x3712,
  data: 0x3701,
}

const maxFiles = 200
/** Bytes kept of a text, and of names and the like. */
const maxTextBytes = 600_000
const maxNameBytes = 2000
const maxProperties = 2000

/** Lists what a TNEF stream holds, without keeping the files. Never throws for what is malformed: it stops there. */
export async function readTnef(chunks: AsyncIterable<Uint8Array>): Promise<TnefContent> {
  const reader = createReader(chunks)
  const content: TnefContent = { files: [], text: null, html: null }
  const state: State = { reader, content, codepage: 1252, file: undefined }
  try {
    if ((await reader.u32()) !== signature) return content
    await reader.u16()
    while (content.files.length < maxFiles) await readAttribute(state)
  } catch (error) {
    if (!(error instanceof EndOfTnef)) throw error
  }
  return content
}

/** The bytes of one file out of a TNEF stream, of which no more is read than that takes. */
export async function* tnefFileBytes(
  chunks: AsyncIterable<Buffer>,
  { offset, size }: Pick<TnefFile, 'offset' | 'size'>,
): AsyncGenerator<Buffer> {
  let position = 0
  for await (const chunk of chunks) {
    const from = Math.max(0, offset - position)
    const to = Math.min(chunk.length, offset + size - position)
    position += chunk.length
    if (from < to) yield chunk.subarray(from, to)
    if (position >= offset + size) return
  }
}

class EndOfTnef extends Error {}

type State = { reader: Reader; content: TnefContent; codepage: number; file: TnefFile | undefined }

async function readAttribute(state: State): Promise<void> {
  const { reader, content } = state
  await reader.skip(1)
  const id = await reader.u32()
  const size = await reader.u32()
  const end = reader.position() + size
  if (id === attribute.attachmentStart) {
    state.file = { filename: null, content_type: 'application/octet-stream', offset: 0, size: 0, content_id: null }
    content.files.push(state.file)
  }
  if (id === attribute.codepage && size >= 4) state.codepage = await reader.u32()
  if (id === attribute.body) content.text ??= textOf(await reader.take(Math.min(size, maxTextBytes)), state.codepage)
  if (id === attribute.attachmentTitle && state.file) {
    state.file.filename ??= textOf(await reader.take(Math.min(size, maxNameBytes)), state.codepage)
  }
  if (id === attribute.attachmentData && state.file) Object.assign(state.file, { offset: reader.position(), size })
  if (id === attribute.messageProperties || id === attribute.attachmentProperties) await readProperties(state, end)
  // The checksum behind it says nothing that helps.
  await reader.skip(end - reader.position() + 2)
}

/** MS-OXTNEF §2.1.3.4: a count, and for each property its type, id, name where it has one, and values. */
async function readProperties(state: State, end: number): Promise<void> {
  const { reader } = state
  const count = Math.min(await reader.u32(), maxProperties)
  for (let at = 0; at < count && reader.position() < end; at++) {
    const type = await reader.u16()
    const id = await reader.u16()
    if (id >= 0x8000) await skipName(reader)
    const isVariable = variableTypes.has(type & 0xfff)
    const values = isVariable || (type & 0x1000) !== 0 ? await reader.u32() : 1
    for (let value = 0; value < values && reader.position() < end; value++) {
      if (!isVariable) {
        const size = fixedSizes[type & 0xfff]
        if (size === undefined) return
        const number = await reader.u32()
        await reader.skip(size - 4)
        if (id === property.codepage) state.codepage = number
        continue
      }
      const size = await reader.u32()
      await readValue(state, { type: type & 0xfff, id, size: Math.min(size, end - reader.position()) })
      await reader.skip((4 - (size % 4)) % 4)
    }
  }
}

const variableTypes = new Set([0x0d, 0x1e, 0x1f, 0x102])
const fixedSizes: Readonly<Record<number, number>> = {
  1: 4,
  2: 4,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  10: 4,
  11: 4,
  20: 8,
  64: 8,
  72: 16,
}

async function skipName(reader: Reader): Promise<void> {
  await reader.skip(16)
  const isText = (await reader.u32()) === 1
  if (!isText) return reader.skip(4)
  const size = await reader.u32()
  await reader.skip(size + ((4 - (size % 4)) % 4))
}

async function readValue(state: State, { type, id, size }: { type: number; id: number; size: number }): Promise<void> {
  const { reader, content, file } = state
  const end = reader.position() + size
  const isUnicode = type === 0x1f
  const text = async (most: number) =>
    textOf(await reader.take(Math.min(size, most)), isUnicode ? 1200 : state.codepage)
  if (id === property.body) content.text ??= await text(maxTextBytes)
  else if (id === property.html) content.html ??= await text(maxTextBytes)
  else if (!file) undefined
  else if (id === property.longFilename) file.filename = (await text(maxNameBytes)) || file.filename
  else if (id === property.filename) file.filename ??= await text(maxNameBytes)
  else if (id === property.mimeType) file.content_type = (await text(200)).toLowerCase() || file.content_type
  else if (id === property.contentId) file.content_id = (await text(500)).replace(/^<|>$/g, '') || null
  else if (id === property.data && type === 0x102 && file.size === 0)
    Object.assign(file, { offset: reader.position(), size })
  await reader.skip(end - reader.position())
}

/** Windows code pages, of which 1200 is UTF-16 and 65001 UTF-8; texts end with a NUL. */
function textOf(bytes: Buffer, codepage: number): string {
  const charset = codepage === 1200 ? 'utf-16le' : codepage === 65001 ? 'utf-8' : `windows-${codepage}`
  const encoding: TextEncoding = { encoding: 'binary', charset }
  return decodeText(bytes, encoding).trim()
}

type Reader = ReturnType<typeof createReader>

/** Reads a stream piece by piece; holds no more of it than is asked for and one chunk. */
function createReader(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  let position = 0

  async function more(): Promise<void> {
    const { done, value } = await iterator.next()
    if (done) throw new EndOfTnef()
    rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }

  async function take(size: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for (let missing = size; missing > 0; ) {
      if (rest.length === 0) await more()
      const piece = rest.subarray(0, missing)
      rest = rest.subarray(piece.length)
      missing -= piece.length
      pieces.push(piece)
    }
    position += size
    return pieces.length === 1 ? (pieces[0] ?? rest) : Buffer.concat(pieces)
  }

  return {
    position: () => position,
    take,
    async skip(size: number): Promise<void> {
      for (let missing = Math.max(0, size); missing > 0; ) {
        if (rest.length === 0) await more()
        const passed = Math.min(missing, rest.length)
        rest = rest.subarray(passed)
        missing -= passed
        position += passed
      }
    },
    u16: async () => (await take(2)).readUInt16LE(0),
    u32: async () => (await take(4)).readUInt32LE(0),
  }
}

/** Whether a part is of that form, by its type or by the name that Outlook gives it. */
export const isTnef = ({ type, filename }: { type: string; filename: string | null }): boolean =>
  type === 'application/ms-tnef' || type === 'application/vnd.ms-tnef' || /^winmail\d*\.dat$/i.test(filename ?? '')
