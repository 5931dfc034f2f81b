import { convert } from 'html-to-text'
import MailComposer from 'nodemailer/lib/mail-composer'

export type Mailbox = { name: string; email: string }

/** A letter as its writer means it. It has no Bcc: those who get a blind copy are in the envelope alone. */
export type Letter = {
  /** With its angle brackets (RFC 5322 §3.6.4), as are `inReplyTo` and `references`. */
  messageId: string
  date: Date
  from: Mailbox
  to: readonly Mailbox[]
  cc: readonly Mailbox[]
  subject: string
  /** Derived from `html` when absent. */
  text?: string | undefined
  html?: string | undefined
  inReplyTo?: string | undefined
  references: readonly string[]
}

/**
 * The letter as MIME with CRLF line ends, lines short enough and ASCII only (but for addresses that are not), so that
 * every server passes it on unchanged. No member can add a header: line ends in them become spaces.
 */
export function composeMime(letter: Letter): Promise<Buffer> {
  const text = letter.text ?? (letter.html === undefined ? '' : textOfHtml(letter.html))
  const composer = new MailComposer({
    messageId: letter.messageId,
    date: letter.date,
    from: addressOf(letter.from),
    to: letter.to.map(addressOf),
    cc: letter.cc.map(addressOf),
    subject: oneLine(letter.subject),
    text: bodyText(text),
    ...(letter.html !== undefined && { html: bodyText(letter.html) }),
    ...(letter.inReplyTo !== undefined && { inReplyTo: letter.inReplyTo }),
    ...(letter.references.length > 0 && { references: [...letter.references] }),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}

/** A new Message-ID in the sender's own domain. `id` makes it unique. */
export const messageIdOf = (id: string, senderEmail: string): string =>
  `<${id}@${senderEmail.slice(senderEmail.lastIndexOf('@') + 1)}>`

const addressOf = ({ name, email }: Mailbox) => ({ name: oneLine(name), address: email })

export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()

/** Bare CR and NUL are not allowed in mail (RFC 5322 §2.3). */
const bodyText = (text: string): string => text.toWellFormed().replaceAll(/\r\n?/g, '\n').replaceAll('\0', '')

const textOfHtml = (html: string): string =>
  convert(html, {
    wordwrap: false,
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    ],
  })
