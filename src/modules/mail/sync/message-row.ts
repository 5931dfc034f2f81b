import type { RawAddress, RawEnvelope } from '#integrations/imap/fetch/envelope.ts'
import type { FetchAnswer } from '#integrations/imap/fetch/fetch-answer.ts'
import { hasAttachments, messageParts } from './body-parts.ts'
import { cleanLine } from './clean-text.ts'
import { headerName, headerText } from './header-text.ts'
import { type LocationFlags, locationFlags } from './message-flags.ts'

/** What a listing says of one message. Without `leaves` its MIME tree was unreadable, without `envelope` its header too. */
export type ListedMessage = FetchAnswer & { uid: number; flags: string[] }

export type MessageAddress = { name: string; email: string }

/** A message as its listing tells it, fit for the database. */
export type MessageRow = {
  uid: number
  modseq: string | null
  flags: LocationFlags
  rawFlags: string[]
  messageIdHeader: string | null
  inReplyTo: string | null
  references: string[]
  serverEmailId: string | null
  serverThreadId: string | null
  subject: string
  from: MessageAddress
  recipients: Partial<Record<'to' | 'cc' | 'bcc' | 'reply_to', MessageAddress[]>>
  sentAt: Date | null
  receivedAt: Date
  sizeBytes: number
  /** MessagePart[] as it is stored, which is all that is done with it. */
  partsJson: string
  hasAttachments: boolean
  /** Nothing but a stub could be read: no body is fetched for it. */
  isStub: boolean
}

const maxLineLength = 1000
const maxRecipients = 500
const maxReferences = 100

/** Never throws, whatever was in the header: what can't be read is empty, what can't be stored is cut. */
export function messageRow(listed: ListedMessage, now: Date): MessageRow {
  const parts = messageParts(listed.leaves ?? [])
  const charset = parts.find((part) => part.type.startsWith('text/') && part.charset)?.charset ?? null
  const { envelope } = listed
  const addresses = (list: RawAddress[] = []) => readAddresses(list, charset)
  const [from] = addresses(envelope?.from.length ? envelope.from : envelope?.sender)
  const receivedAt = plausibleDate(listed.internalDate, now) ?? now
  const flags = listed.flags.map((flag) => headerText(flag, null))
  return {
    uid: listed.uid,
    modseq: listed.modseq ?? null,
    flags: locationFlags(flags),
    rawFlags: flags,
    messageIdHeader: messageId(headerText(envelope?.messageId, charset)),
    inReplyTo: messageId(headerText(envelope?.inReplyTo, charset)),
    references: referencesOf(listed.header),
    serverEmailId: listed.emailId ? cleanLine(listed.emailId, 255) || null : null,
    serverThreadId: listed.threadId ? cleanLine(listed.threadId, 255) || null : null,
    subject: cleanLine(headerText(envelope?.subject, charset), maxLineLength),
    from: from ?? { name: '', email: '' },
    recipients: envelope ? recipientsOf(envelope, addresses) : {},
    sentAt: plausibleDate(envelope?.date, now),
    receivedAt,
    sizeBytes: listed.size ?? 0,
    partsJson: JSON.stringify(parts),
    hasAttachments: hasAttachments(parts),
    isStub: listed.leaves === undefined,
  }
}

function recipientsOf(
  { to, cc, bcc, replyTo }: RawEnvelope,
  addresses: (list: RawAddress[]) => MessageAddress[],
): MessageRow['recipients'] {
  const recipients: MessageRow['recipients'] = {}
  if (to.length > 0) recipients.to = addresses(to)
  if (cc.length > 0) recipients.cc = addresses(cc)
  if (bcc.length > 0) recipients.bcc = addresses(bcc)
  if (replyTo.length > 0) recipients.reply_to = addresses(replyTo)
  return recipients
}

function readAddresses(list: readonly RawAddress[], charset: string | null): MessageAddress[] {
  return list.slice(0, maxRecipients).map(({ name, address }) => ({
    name: cleanLine(headerName(name, charset), maxLineLength),
    email: cleanLine(headerText(address, charset), 320),
  }))
}

/** Dates before e-mail, or further ahead than any clock is wrong, are noise. */
function plausibleDate(value: string | null | undefined, now: Date): Date | null {
  const date = new Date(value ?? Number.NaN)
  const time = date.getTime()
  return time >= Date.UTC(1970, 0, 2) && time <= now.getTime() + 48 * 3_600_000 ? date : null
}

function messageId(value: string): string | null {
  if (value === '') return null
  const [id] = messageIds(value)
  return id ?? (cleanLine(value, 998) || null)
}

/** The ids of a References field, oldest first; of a long chain the first and the newest. */
function referencesOf(headers: Buffer | null | undefined): string[] {
  if (!headers || headers.length < 8) return []
  const ids = [...new Set(messageIds(headers.subarray(0, 64_000).toString('latin1')))]
  return ids.length <= maxReferences ? ids : [...ids.slice(0, 1), ...ids.slice(1 - maxReferences)]
}

/** `<…>` without blanks, as RFC 5322 §3.6.4 has them; the brackets are kept, as in the header. */
const messageIds = (text: string): string[] => (text.match(/<[^<>\s]{1,996}>/g) ?? []).map((id) => cleanLine(id, 998))
