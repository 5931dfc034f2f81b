import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Arrival, ArrivalConsumer } from '../arrivals/arrivals.ts'
import { parseAddress } from '../outbox/address.ts'
import type { Mailbox } from '../outbox/compose.ts'
import { referencesTo } from '../outbox/references.ts'
import type { MailSending } from '../outbox/sending.ts'
import { automaticMailFields, isMachineAddress, mayBeAnsweredByMachine } from '../reports/automatic-mail.ts'
import type { MessageSource } from '../source/message-source.ts'
import { fieldOf, headerFields } from '../view/header-fields.ts'
import { type Vacation, vacationStore } from './vacation-store.ts'
import { vacationConsumer } from './vacations.ts'

export type VacationReplyDeps = {
  database: Database
  source: Pick<MessageSource, 'fetchHeader'>
  sending: MailSending
  now?: () => Date
}

/** Mail that was found later than that, after an account was paused say, is not answered any more. */
const maxAgeDays = 4
const patienceMs = 30_000
/** Servers tell when a message came in whole seconds, by clocks of their own. */
const clockSlackMs = 60_000

/**
 * Answers new mail while its recipient is away, as RFC 3834 has it: once per sender and period, only to what was written
 * to the owner by a person, and so that no machine answers the answer.
 */
export function createVacationReplies(deps: VacationReplyDeps): ArrivalConsumer {
  const { database, source, sending, now = () => new Date() } = deps

  async function headerOf({ ownerId, message_id, mail_account_id }: Arrival) {
    const request = { names: automaticMailFields, signal: AbortSignal.timeout(patienceMs) }
    const bytes = await source.fetchHeader(ownerId, { id: message_id, mail_account_id }, request).catch(unlessGone)
    return bytes && headerFields(bytes.toString('latin1'))
  }

  /** To whom an answer goes; undefined for who must not get one. RFC 3834 §4: the Return-Path, else the author. */
  async function senderOf(arrival: Arrival, own: readonly Mailbox[]): Promise<string | undefined> {
    const isOwn = (address: string) => own.some(({ email }) => email.toLowerCase() === address.toLowerCase())
    if (isOwn(arrival.from_email) || isMachineAddress(arrival.from_email)) return undefined
    const fields = await headerOf(arrival)
    if (!fields || !mayBeAnsweredByMachine(fields)) return undefined
    const returnPath = /<([^<>\s]+)>/.exec(fieldOf(fields, 'return-path') ?? '')?.[1]
    const address = parseAddress(returnPath ?? arrival.from_email)?.email
    return address === undefined || isOwn(address) || isMachineAddress(address) ? undefined : address
  }

  return {
    name: vacationConsumer,
    async consider(arrival) {
      const { ownerId, mail_account_id: mailAccountId } = arrival
      if (arrival.folder_role === 'junk' || arrival.folder_role === 'trash') return undefined
      const vacation = await vacationStore.find(database, ownerId, mailAccountId)
      if (!vacation || !isOn(vacation, arrival, now())) return undefined
      const own = await vacationStore.identities(database, ownerId, mailAccountId)
      const addressed = own.find(({ email }) => isNamed(arrival, email))
      // A list, or a blind copy: it was not written to the owner above all (RFC 5230 §4.5).
      if (!addressed) return undefined
      const sender = await senderOf(arrival, own)
      if (sender === undefined) return undefined
      const claim = { mailAccountId, sender, repeatDays: vacation.repeat_days }
      return async (tx) => {
        if (!(await vacationStore.claimReply(tx, ownerId, claim))) return []
        const composition = replyTo(arrival, vacation, { from: addressed, to: sender })
        const reply = { ownerId, kind: 'automatic_reply', envelopeFrom: '', composition } as const
        return (await sending.send(tx, reply)).events
      }
    },
  }
}

function isOn({ is_enabled, starts_at, ends_at }: Vacation, { received_at }: Arrival, now: Date): boolean {
  const received = received_at.getTime() + clockSlackMs
  const isYoung = received >= now.getTime() - maxAgeDays * 86_400_000
  const hasBegun = now >= starts_at && received >= starts_at.getTime()
  return is_enabled && isYoung && hasBegun && (ends_at === null || now < ends_at)
}

const isNamed = ({ recipients: { to = [], cc = [] } }: Arrival, email: string): boolean =>
  [...to, ...cc].some((one) => one.email.toLowerCase() === email.toLowerCase())

/** RFC 3834 §3.1. */
function replyTo(arrival: Arrival, vacation: Vacation, { from, to }: { from: Mailbox; to: string }) {
  return {
    mailAccountId: arrival.mail_account_id,
    from,
    replyTo: [],
    to: [{ name: to === arrival.from_email ? arrival.from_name : '', email: to }],
    cc: [],
    bcc: [],
    subject: vacation.subject || `Auto: ${arrival.subject}`,
    ...(vacation.text_body !== null && { text: vacation.text_body }),
    ...(vacation.html_body !== null && { html: vacation.html_body }),
    attachments: [],
    parts: [],
    ...referencesTo(arrival),
    headers: { 'Auto-Submitted': 'auto-replied (vacation)', 'X-Auto-Response-Suppress': 'All' },
  }
}

/** Whoever moved it away meanwhile has read it. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'mail.message_gone')) throw error
}
