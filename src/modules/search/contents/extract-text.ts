import { convert } from 'html-to-text'
import { maxTextLength } from '../documents/document-row.ts'
import type { ContentKind } from './content-kind.ts'
import { textOfPdf } from './pdf-text.ts'
import { textOfZippedXml } from './zipped-xml.ts'

export type ExtractionTask = { bytes: Uint8Array<ArrayBuffer>; kind: ContentKind }

/** The text of a file, as much as is found of it. @throws whatever its format's reader throws over a broken file. */
export async function extractText({ bytes, kind }: ExtractionTask): Promise<string> {
  const text = await read(bytes, kind)
  return text.replaceAll('\0', ' ').slice(0, maxTextLength).toWellFormed()
}

async function read(bytes: Uint8Array<ArrayBuffer>, kind: ContentKind): Promise<string> {
  switch (kind) {
    case 'text':
      return decoded(bytes)
    case 'html':
      return convert(decoded(bytes), {
        wordwrap: false,
        limits: { maxInputLength: 2_000_000, maxDepth: 100 },
        selectors: [
          { selector: 'a', options: { ignoreHref: true } },
          { selector: 'img', format: 'skip' },
        ],
      })
    case 'pdf':
      return textOfPdf(bytes, maxTextLength)
    default:
      return textOfZippedXml(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), kind, maxTextLength)
  }
}

/** By its byte order mark; else UTF-8 where it is, and Windows-1252 where it is not. Bytes that are no text are none. */
function decoded(bytes: Uint8Array): string {
  const piece = bytes.subarray(0, 4 * maxTextLength)
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)
  if (mark === 0xfffe) return new TextDecoder('utf-16le').decode(piece)
  if (mark === 0xfeff) return new TextDecoder('utf-16be').decode(piece)
  if (piece.subarray(0, 1000).includes(0)) return ''
  const text = new TextDecoder('utf-8').decode(piece, { stream: true })
  return text.includes('\ufffd') ? new TextDecoder('windows-1252').decode(piece) : text
}
