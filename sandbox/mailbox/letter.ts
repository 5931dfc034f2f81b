import { createHash } from 'node:crypto'
import { addMinutes, mailDate } from './clock.ts'
import { foldHeader, type Header, headerText, mailboxText, type Wording } from './mime/header.ts'
import { type Part, renderPart } from './mime/part.ts'
import type { DemoUser, Person } from './people.ts'

/** Where one demo user has a letter. */
export type Copy = { user: DemoUser; folder: string; flags: string[] }

/** A message as it exists once in the world, with a copy in each mailbox that holds it. */
export type Letter = {
  /** Message-ID without its angle brackets; empty when the letter has none. */
  id: string
  /** What a reader must see as subject. */
  subject: string
  sentAt: Date
  from: Person
  /** Its own words, without what it quotes. */
  text: string
  inReplyTo: string | undefined
  references: string[]
  copies: Copy[]
  /** True when it breaks the standards on purpose. */
  isMalformed: boolean
  /** RFC 5322 with CRLF. The sender's copy has Bcc, a recipient's copy the trace headers of its delivery. */
  raw(copy: Copy): Buffer
}

/** What a sender writes. `key` names it in this mailbox, for good: the Message-ID comes from it. */
export type Mail = {
  key: string
  sentAt: Date
  from: Person
  to: readonly Person[]
  cc?: readonly Person[]
  bcc?: readonly Person[]
  subject: string
  text?: string
  body: Part
  answers?: Letter
  wording?: Wording
  headers?: Header[]
}

export function writeLetter(mail: Mail, copies: Copy[]): Letter {
  const id = messageId(mail.key, mail.from)
  const references = mail.answers ? [...mail.answers.references, mail.answers.id] : []
  const inReplyTo = mail.answers?.id
  const written = { id, inReplyTo, references }
  return {
    ...written,
    subject: mail.subject,
    sentAt: mail.sentAt,
    from: mail.from,
    text: mail.text ?? '',
    copies,
    isMalformed: false,
    raw: (copy) => compose(mail, written, copy),
  }
}

/** Stable for its key, and of the sender's domain. */
export function messageId(key: string, from: Person): string {
  return `${digest(`id ${key}`).slice(0, 24)}@${domainOf(from)}`
}

/** The headers that mail servers put on top on the way to `user` (RFC 5321 §4.4, RFC 8601). */
export function traceHeaders(from: Person, user: DemoUser, sentAt: Date, verdict = 'pass'): Header[] {
  const domain = domainOf(from)
  const mark = digest(`trace ${from.address} ${user} ${sentAt.toISOString()}`)
  const relay = `mx.${domain} (mx.${domain} [192.0.2.${(Number.parseInt(mark.slice(0, 2), 16) % 250) + 1}])`
  const stamp = mailDate(addMinutes(sentAt, 0.2), 'UTC')
  return [
    ['Return-Path', `<${from.address}>`],
    ['Delivered-To', `${user}@ulti.example`],
    [
      'Authentication-Results',
      `mail.ulti.example; spf=${verdict} smtp.mailfrom=${domain}; dkim=${verdict} header.d=${domain}; ` +
        `dmarc=${verdict} header.from=${domain}`,
    ],
    [
      'Received',
      `from ${relay} by mail.ulti.example with ESMTPS id ${mark.slice(2, 14)} for <${user}@ulti.example>; ${stamp}`,
    ],
  ]
}

export function renderHeaders(headers: readonly Header[]): Buffer {
  return Buffer.from(headers.map(foldHeader).join(''), 'latin1')
}

function compose(
  mail: Mail,
  { id, inReplyTo, references }: Pick<Letter, 'id' | 'inReplyTo' | 'references'>,
  copy: Copy,
) {
  const isSender = mail.from.user === copy.user
  const wording = mail.wording ?? {}
  const people = (list: readonly Person[]) => list.map((one) => mailboxText(one, wording)).join(', ')
  const headers: Header[] = isSender ? [] : traceHeaders(mail.from, copy.user, mail.sentAt)
  headers.push(['Date', mailDate(mail.sentAt, mail.from.timeZone)], ['From', mailboxText(mail.from, wording)])
  if (mail.to.length > 0) headers.push(['To', people(mail.to)])
  if (mail.cc) headers.push(['Cc', people(mail.cc)])
  if (mail.bcc && isSender) headers.push(['Bcc', people(mail.bcc)])
  headers.push(['Subject', headerText(mail.subject, wording, 'Subject: '.length)], ['Message-ID', `<${id}>`])
  if (inReplyTo) headers.push(['In-Reply-To', `<${inReplyTo}>`])
  if (references.length > 0) headers.push(['References', references.map((one) => `<${one}>`).join(' ')])
  if (mail.from.program) headers.push(['X-Mailer', mail.from.program])
  headers.push(...(mail.headers ?? []), ['MIME-Version', '1.0'])
  return Buffer.concat([renderHeaders(headers), renderPart(mail.body)])
}

function domainOf({ address }: Person): string {
  return address.slice(address.indexOf('@') + 1)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
