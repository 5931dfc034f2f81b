import { createHash } from 'node:crypto'
import { type Charset, charsetFor, encodeText, isAscii } from './charset.ts'
import { foldHeader, type Header, headerText, parameter } from './header.ts'
import { type TransferEncoding, transferEncode } from './transfer-encoding.ts'

/** A MIME entity (RFC 2045 §2.4): content headers, and the body as it goes over the wire. */
export type Part = { headers: Header[]; body: Buffer }

/** A document that travels as an attachment. */
export type MailFile = { name: string; type: string; content: Buffer }

type TextOptions = {
  subtype?: string
  charset?: Charset
  encoding?: TransferEncoding
  /** Further parameters of Content-Type, such as `format=flowed`. */
  parameters?: string[]
}

/** A text entity. Line ends become CRLF; a charset that can't carry the text gives way to UTF-8. */
export function textPart(text: string, options: TextOptions = {}): Part {
  const content = text.replace(/\r?\n/g, '\r\n')
  const charset = isAscii(content) && !options.charset ? 'us-ascii' : charsetFor(content, options.charset ?? 'utf-8')
  const bytes = encodeText(content, charset)
  const encoding = options.encoding ?? (bytes.some((byte) => byte > 0x7f) ? 'quoted-printable' : '7bit')
  const type = [`text/${options.subtype ?? 'plain'}`, `charset=${charset}`, ...(options.parameters ?? [])]
  return {
    headers: [
      ['Content-Type', type.join('; ')],
      ['Content-Transfer-Encoding', encoding],
    ],
    body: transferEncode(bytes, encoding),
  }
}

/** RFC 2046 §5.1. The boundary is made of a digest of the parts, so nested ones differ and bytes are repeatable. */
export function multipart(subtype: string, parts: Part[], parameters: string[] = []): Part {
  const rendered = parts.map(renderPart)
  const boundary = `=_${createHash('sha256').update(Buffer.concat(rendered)).digest('hex').slice(0, 28)}`
  const chunks = rendered.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')])
  return {
    headers: [['Content-Type', [`multipart/${subtype}`, ...parameters, `boundary="${boundary}"`].join('; ')]],
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

/** How a file name outside ASCII is written: RFC 2231, or encoded words in quotes as older Outlook and others do. */
export type NameForm = 'rfc2231' | 'encoded-word'

export function filePart(file: MailFile, nameForm: NameForm = 'rfc2231'): Part {
  const named = (name: string) =>
    nameForm === 'rfc2231' ? parameter(name, file.name) : `${name}="${headerText(file.name)}"`
  return {
    headers: [
      ['Content-Type', `${file.type}; ${named('name')}`],
      ['Content-Disposition', `attachment; ${named('filename')}; size=${file.content.length}`],
      ['Content-Transfer-Encoding', 'base64'],
    ],
    body: transferEncode(file.content, 'base64'),
  }
}

/** An image that HTML of the same `multipart/related` shows as `cid:contentId` (RFC 2392). */
export function inlinePart(file: MailFile, contentId: string): Part {
  return {
    headers: [
      ['Content-Type', `${file.type}; ${parameter('name', file.name)}`],
      ['Content-Disposition', `inline; ${parameter('filename', file.name)}`],
      ['Content-ID', `<${contentId}>`],
      ['Content-Transfer-Encoding', 'base64'],
    ],
    body: transferEncode(file.content, 'base64'),
  }
}

/** RFC 2046 §5.2.1. */
export function messagePart(raw: Buffer, fileName: string): Part {
  return {
    headers: [
      ['Content-Type', `message/rfc822; ${parameter('name', fileName)}`],
      ['Content-Disposition', `attachment; ${parameter('filename', fileName)}`],
    ],
    body: raw,
  }
}

export function renderPart({ headers, body }: Part): Buffer {
  return Buffer.concat([Buffer.from(`${headers.map(foldHeader).join('')}\r\n`, 'latin1'), body])
}
