import type { Database, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import type { Arrival, ArrivalConsumer, ArrivalOutcome } from '../arrivals/arrivals.ts'
import type { MailEvent } from '../events.ts'
import { isNoticeId } from '../outbox/failure-notice.ts'
import type { RecipientReport } from '../outbox/outbox-store.ts'
import { outboxConsumer } from '../outbox/sent-effects.ts'
import type { MessageSource } from '../source/message-source.ts'
import { decodeText, type MessagePart } from '../sync/body-parts.ts'
import { fieldOf, type HeaderField, headerFields } from '../view/header-fields.ts'
import { automaticMailFields, isAutoSubmitted, isMailSystemAddress } from './automatic-mail.ts'
import { type RecipientStatus, readDeliveryStatus } from './delivery-status.ts'
import { type SentRow, sentReportStore } from './sent-report-store.ts'

export type SentReportDeps = { database: Database; source: Pick<MessageSource, 'fetchHeader' | 'fetch'> }

/** What a message that arrived tells of one that was sent. */
type Finding = { sent: SentRow; statuses: RecipientStatus[] } | { sent: SentRow; answeredBy: 'person' | 'machine' }

/**
 * Finds among new mail what became of what was sent: reports of servers (RFC 3464), older forms of them, answers of
 * machines (RFC 3834) and of people.
 */
export function createSentReports({ database, source }: SentReportDeps): ArrivalConsumer {
  async function find(arrival: Arrival): Promise<Finding | undefined> {
    // That somebody has read it is no answer (RFC 8098).
    if (arrival.parts.some(({ type }) => type === 'message/disposition-notification')) return undefined
    const status = arrival.parts.find(({ type }) => statusTypes.has(type))
    if (status) return findByStatus(arrival, status)
    const sent = await sentReportStore.findByHeaders(database, arrival.ownerId, answeredIds(arrival))
    if (!sent || (await sentReportStore.isOwn(database, arrival.ownerId, arrival.from_email))) return undefined
    const fields = await header(arrival)
    if (isMailSystemAddress(arrival.from_email)) return { sent, statuses: statusesOfOldForm(sent, fields) }
    return { sent, answeredBy: isAutoSubmitted(fields) ? 'machine' : 'person' }
  }

  async function findByStatus(arrival: Arrival, part: MessagePart): Promise<Finding | undefined> {
    const original = arrival.parts.find(({ type }) => originalTypes.has(type))
    const wanted = original ? [part, headerPart(original)] : [part]
    const texts = await fetchTexts(arrival, wanted)
    const status = readDeliveryStatus(text(texts, part))
    const returned = original ? headerFields(text(texts, headerPart(original))) : undefined
    const sent = await sentOf(arrival, status.envelopeId, returned && fieldOf(returned, 'message-id'))
    return sent && { sent, statuses: status.recipients }
  }

  /** The envelope's id is ours alone; a Message-ID could have been written by anybody, and is the owner's all the same. */
  async function sentOf(arrival: Arrival, envelopeId: string | null, returnedId: string | undefined) {
    const { ownerId } = arrival
    const byEnvelope =
      envelopeId && isUuid(envelopeId) && (await sentReportStore.findById(database, ownerId, envelopeId))
    if (byEnvelope) return byEnvelope
    const ids = [...(returnedId ? [returnedId] : []), ...answeredIds(arrival)]
    return sentReportStore.findByHeaders(database, ownerId, ids)
  }

  async function header(arrival: Arrival): Promise<HeaderField[]> {
    const signal = AbortSignal.timeout(patienceMs)
    const bytes = await source.fetchHeader(arrival.ownerId, messageOf(arrival), { names: automaticMailFields, signal })
    return headerFields(bytes.toString('latin1'))
  }

  async function fetchTexts(arrival: Arrival, parts: readonly MessagePart[]): Promise<ReadonlyMap<string, Buffer>> {
    const wanted = { parts, headers: [], signal: AbortSignal.timeout(patienceMs) }
    return (await source.fetch(arrival.ownerId, messageOf(arrival), wanted)).texts
  }

  return {
    name: outboxConsumer,
    async consider(arrival): Promise<ArrivalOutcome | undefined> {
      // Its sender knows already what a notice of ours tells.
      if (isNoticeId(arrival.message_id_header)) return undefined
      const finding = await find(arrival).catch(unlessGone)
      if (!finding) return undefined
      if ('answeredBy' in finding && finding.answeredBy === 'person') {
        return (tx) => markAnswered(tx, arrival, finding.sent)
      }
      const reports = reportsOf(finding, arrival)
      return (tx) => addReports(tx, arrival, finding.sent.id, reports)
    },
  }
}

const patienceMs = 30_000
const statusTypes = new Set(['message/delivery-status', 'message/global-delivery-status'])
const originalTypes = new Set(['message/rfc822', 'message/global', 'text/rfc822-headers', 'message/global-headers'])

const messageOf = ({ message_id, mail_account_id }: Arrival) => ({ id: message_id, mail_account_id })
const isUuid = (value: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)

/** The message that it answers first, then the rest of the thread, newest first. */
const answeredIds = ({ in_reply_to, reference_headers }: Arrival): string[] => [
  ...new Set([...(in_reply_to ? [in_reply_to] : []), ...reference_headers.toReversed()]),
]

/** Of a message that was returned whole, only its header is wanted (RFC 3501 §6.4.5). */
const headerPart = (part: MessagePart): MessagePart =>
  part.type.endsWith('headers') ? part : { ...part, part: `${part.part}.HEADER` }

function text(texts: ReadonlyMap<string, Buffer>, part: MessagePart): string {
  const bytes = texts.get(part.part) ?? texts.get(part.part.toLowerCase())
  return bytes ? decodeText(bytes, part) : ''
}

/** Whoever moved it away meanwhile has read it. */
function unlessGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'mail.message_gone')) throw error
}

/** Bounces of old servers: Exim and Gmail name the recipients in a field; of a letter to one there is no doubt. */
function statusesOfOldForm({ recipients }: SentRow, fields: HeaderField[]): RecipientStatus[] {
  const named = (fieldOf(fields, 'x-failed-recipients') ?? '').split(',').map((email) => email.trim())
  const failed = named.filter((email) => email.includes('@'))
  const [only] = recipients
  const emails = failed.length > 0 ? failed : recipients.length === 1 && only ? [only.email] : []
  return emails.map((email) => ({ addresses: [email], action: 'failed', status: null, reason: null }))
}

/** By the recipients as they were written to. */
function reportsOf(finding: Finding, arrival: Arrival): Map<string, RecipientReport> {
  const { recipients } = finding.sent
  const said = { messageId: arrival.message_id, at: arrival.received_at.toISOString() }
  const written = (address: string) => recipients.find(({ email }) => email.toLowerCase() === address.toLowerCase())
  // A letter to one was forwarded to an address that its sender need not know.
  const only = recipients.length === 1 ? recipients[0] : undefined
  if (!('statuses' in finding)) {
    const recipient = written(arrival.from_email) ?? only
    const report = { action: 'auto_replied' as const, status: null, reason: null, ...said }
    return new Map(recipient ? [[recipient.email, report]] : [])
  }
  return new Map(
    finding.statuses.flatMap(({ addresses, action, status, reason }) => {
      const recipient = addresses.map(written).find((one) => one !== undefined) ?? only
      return recipient ? [[recipient.email, { action, status, reason, ...said }] as const] : []
    }),
  )
}

/** A later report beats an earlier one, but none beats a failure. */
const beats = (report: RecipientReport, before: RecipientReport | undefined): boolean =>
  before === undefined || (before.action !== 'failed' && report.action !== 'auto_replied')

async function addReports(
  tx: Tx,
  { ownerId, message_id }: Arrival,
  id: string,
  reports: ReadonlyMap<string, RecipientReport>,
): Promise<MailEvent[]> {
  const row = await sentReportStore.lock(tx, ownerId, id)
  const news = [...reports].filter(([email, report]) => row && beats(report, row.reports[email]))
  if (!row || news.length === 0) return []
  await sentReportStore.setReports(tx, ownerId, id, { ...row.reports, ...Object.fromEntries(news) })
  const { mail_account_id, message_id_header, state } = row
  const bounced = news.filter(([, { action }]) => action === 'failed')
  if (bounced.length === 0) return [{ type: 'mail.outbox_updated', data: { mail_account_id, outbox_id: id, state } }]
  const recipients = bounced.map(([email, { status, reason }]) => ({ email, status, reason }))
  return [
    {
      type: 'mail.message_bounced',
      data: { mail_account_id, outbox_id: id, message_id_header, message_id, recipients },
    },
  ]
}

async function markAnswered(
  tx: Tx,
  { ownerId }: Arrival,
  { id, mail_account_id, state }: SentRow,
): Promise<MailEvent[]> {
  const wasAwaited = await sentReportStore.setAnswered(tx, ownerId, id)
  return wasAwaited ? [{ type: 'mail.outbox_updated', data: { mail_account_id, outbox_id: id, state } }] : []
}
