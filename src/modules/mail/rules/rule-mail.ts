import { createHash } from 'node:crypto'
import { parseAddress } from '../outbox/address.ts'
import { type Mailbox, oneLine } from '../outbox/compose.ts'
import type { Composition, CompositionAttachment } from '../outbox/composition.ts'
import { forwardSubject, replySubject } from '../replies/reply-subject.ts'
import { isMachineAddress, mayBeAnsweredByMachine } from '../reports/automatic-mail.ts'
import { fillTemplate, type Texts } from '../templates/template-variables.ts'
import { fieldOf, type HeaderField } from '../view/header-fields.ts'
import type { MessageFacts } from './matching/message-facts.ts'

/** Whose account answers or forwards, and under which address. */
export type Sender = { ownerId: string; mailAccountId: string; from: Mailbox; ownAddresses: ReadonlySet<string> }

type Threading = { inReplyTo?: string; references: readonly string[] }

const valuesOf = (headers: readonly HeaderField[], name: string): string[] =>
  headers.filter((field) => field.name === name).map(({ value }) => value.trim())

/**
 * To whom an automatic answer goes; undefined when there is to be none (RFC 3834 §2): to machines, to lists, to itself,
 * and to what was not addressed to its reader.
 */
export function replyAddressOf(
  facts: MessageFacts,
  { ownAddresses }: Pick<Sender, 'ownAddresses'>,
): string | undefined {
  const headers = facts.headers ?? []
  if (!mayBeAnsweredByMachine(headers)) return undefined
  const returnPath = /<([^<>\s]+)>/.exec(fieldOf(headers, 'return-path') ?? '')?.[1]
  const address = parseAddress(returnPath ?? facts.from.email)?.email
  if (address === undefined || isMachineAddress(address) || isMachineAddress(facts.from.email)) return undefined
  if (ownAddresses.has(address.toLowerCase())) return undefined
  const isAddressed = [...facts.to, ...facts.cc].some(({ email }) => ownAddresses.has(email.toLowerCase()))
  return isAddressed ? address : undefined
}

const forwardedHeader = 'x-ulti-forwarded'
const maxHops = 5

/** Says to whoever sees it again that this account has forwarded it, and to nobody else which account that is. */
const hopOf = ({ ownerId, mailAccountId }: Sender): string =>
  createHash('sha256').update(`${ownerId} ${mailAccountId}`).digest('base64url').slice(0, 16)

const hopsOf = (facts: MessageFacts): string[] =>
  valuesOf(facts.headers ?? [], forwardedHeader).flatMap((value) => value.split(/[\s,]+/).filter(Boolean))

/** Whether to forward a message would send it in a circle. */
export function isForwardedAlready(facts: MessageFacts, sender: Sender): boolean {
  const hops = hopsOf(facts)
  return hops.includes(hopOf(sender)) || hops.length >= maxHops
}

const plain = { replyTo: [], cc: [], bcc: [], parts: [] }

/** A message with another one enclosed as it came. */
export const forwardOf = (
  facts: MessageFacts,
  sender: Sender,
  { to, enclosed }: { to: string; enclosed: CompositionAttachment },
): Composition => ({
  ...{ ...plain, mailAccountId: sender.mailAccountId, from: sender.from, to: [{ name: '', email: to }] },
  subject: forwardSubject(facts.subject),
  text: `${facts.from.name || facts.from.email} <${facts.from.email}>\n${facts.subject}\n`,
  ...{ attachments: [enclosed], references: [] },
  headers: { 'X-Ulti-Forwarded': [...hopsOf(facts), hopOf(sender)].join(' '), 'Auto-Submitted': 'auto-generated' },
})

const valuesOfMessage = ({ subject, from }: MessageFacts) => ({
  ...{ subject, from_name: from.name || from.email, from_email: from.email },
})

/** What `{{subject}}`, `{{from_name}}` and `{{from_email}}` stand for, filled in. */
export function filledIn(template: string, facts: MessageFacts): string {
  const values: Readonly<Record<string, string>> = valuesOfMessage(facts)
  return template.replace(/\{\{\s*([a-z_]+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  )
}

/** What an answer says. */
export type Answer = { subject: string; text?: string; html?: string }

export const answerOfText = ({ subject, text }: { subject: string; text: string }, facts: MessageFacts): Answer => ({
  subject: subject === '' ? replySubject(facts.subject) : oneLine(filledIn(subject, facts)),
  text: filledIn(text, facts),
})

/** What a template may name that answers by itself: what a draft knows too, and what it answers. */
export const answerVariables = [
  ...['sender.name', 'sender.email', 'recipient.name', 'recipient.email'],
  ...['subject', 'from_name', 'from_email'],
]

/** @throws AppError `mail.template_variables_missing` when it names something else by now. */
export function answerOfTemplate(template: Texts, facts: MessageFacts, { from }: Pick<Sender, 'from'>): Answer {
  const { subject, text, html } = fillTemplate(template, {
    ...{ 'sender.name': from.name || from.email, 'sender.email': from.email },
    ...{ 'recipient.name': facts.from.name || facts.from.email, 'recipient.email': facts.from.email },
    ...valuesOfMessage(facts),
  })
  return {
    subject: subject.trim() === '' ? replySubject(facts.subject) : oneLine(subject),
    ...(html === null ? { text: text ?? '' } : { html, ...(text !== null && { text }) }),
  }
}

/** An answer by a machine, and known as one (RFC 3834 §3). */
export const replyOf = (
  sender: Sender,
  { to, answer, threading }: { to: string; answer: Answer; threading: Threading },
): Composition => ({
  ...{ ...plain, mailAccountId: sender.mailAccountId, from: sender.from, to: [{ name: '', email: to }] },
  ...answer,
  ...{ attachments: [], ...threading },
  headers: { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' },
})
