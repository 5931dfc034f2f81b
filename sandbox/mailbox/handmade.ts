import { type Copy, type Letter, renderHeaders, traceHeaders } from './letter.ts'
import type { Header } from './mime/header.ts'
import type { Person } from './people.ts'

/** A message written header by header, for what a decent mail program would not send. */
type HandmadeMail = {
  id: string
  sentAt: Date
  from: Person
  /** What a reader must see; empty when there is no Subject. */
  subject: string
  text?: string
  headers: readonly Header[]
  /** All that follows the empty line, byte for byte. */
  body: Buffer
  isMalformed?: boolean
  /** `spf`, `dkim` and `dmarc` as the receiving server saw them. */
  verdict?: 'pass' | 'fail'
}

export function handmadeLetter(mail: HandmadeMail, copy: Copy): Letter {
  return {
    id: mail.id,
    subject: mail.subject,
    sentAt: mail.sentAt,
    from: mail.from,
    text: mail.text ?? '',
    inReplyTo: undefined,
    references: [],
    copies: [copy],
    isMalformed: mail.isMalformed ?? false,
    raw: ({ user }) => {
      const trace = traceHeaders(mail.from, user, mail.sentAt, mail.verdict)
      return Buffer.concat([renderHeaders([...trace, ...mail.headers]), Buffer.from('\r\n'), mail.body])
    },
  }
}

/** Lines of text as bytes with CRLF; characters above U+00FF are not for here. */
export function latin1Lines(...lines: string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1')
}

export function utf8Lines(...lines: string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''))
}
