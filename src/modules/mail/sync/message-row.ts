import type { MessageAddressObject } from 'imapflow'
import type { ListedMessage } from '#integrations/imap/imap-fetch.ts'
import { flattenStructure, hasAttachments, type MessagePart } from './body-parts.ts'
import { cleanLine } from './clean-text.ts'
import { type LocationFlags, locationFlags } from './message-flags.ts'
import { readRawHeader } from './raw-header.ts'

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
  parts: MessagePart[]
  hasAttachments: boolean
  /** Nothing but a stub could be read: no body is fetched for it. */
  isStub: boolean
}

const maxLineLength = 1000
const maxRecipients = 500
const maxReferences = 100

/** Never throws, whatever was in the header: what can't be read is empty, what can't be stored is cut. */
export function messageRow(listed: ListedMessage, now: Date): MessageRow {
  const { bodyStructure, rawHeader } = listed
  const parts = flattenStructure(bodyStructure)
  const envelope = rawHeader ? readRawHeader(listed.envelope ?? {}, rawHeader, parts) : (listed.envelope ?? {})
  const [from] = addresses(envelope.from ?? envelope.sender)
  const receivedAt = plausibleDate(listed.internalDate, now) ?? now
  return {
    uid: listed.uid,
    modseq: listed.modseq === undefined ? null : String(listed.modseq),
    flags: locationFlags(listed.flags),
    rawFlags: [...listed.flags],
    messageIdHeader: messageId(envelope.messageId),
    inReplyTo: messageId(envelope.inReplyTo),
    references: referencesOf(listed.headers),
    serverEmailId: listed.emailId ? cleanLine(String(listed.emailId), 255) : null,
    serverThreadId: listed.threadId ? cleanLine(String(listed.threadId), 255) || null : null,
    subject: cleanLine(envelope.subject ?? '', maxLineLength),
    from: from ?? { name: '', email: '' },
    recipients: recipientsOf(envelope),
    sentAt: plausibleDate(envelope.date, now),
    receivedAt,
    sizeBytes: listed.size ?? 0,
    parts,
    hasAttachments: hasAttachments(parts),
    isStub: bodyStructure === undefined,
  }
}

function recipientsOf(envelope: NonNullable<ListedMessage['envelope']>): MessageRow['recipients'] {
  const lists = {
    to: addresses(envelope.to),
    cc: addresses(envelope.cc),
    bcc: addresses(envelope.bcc),
    reply_to: addresses(envelope.replyTo),
  }
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
}

function addresses(list: MessageAddressObject[] | undefined): MessageAddress[] {
  return (list ?? []).slice(0, maxRecipients).map(({ name, address }) => ({
    name: cleanLine(name ?? '', maxLineLength),
    email: cleanLine(address ?? '', 320),
  }))
}

/** Dates before e-mail, or further ahead than any clock is wrong, are noise. */
function plausibleDate(value: Date | string | undefined, now: Date): Date | null {
  const date = value instanceof Date ? value : new Date(value ?? Number.NaN)
  const time = date.getTime()
  return time >= Date.UTC(1970, 0, 2) && time <= now.getTime() + 48 * 3_600_000 ? date : null
}

function messageId(value: string | undefined): string | null {
  const [id] = messageIds(value ?? '')
  return id ?? (cleanLine(value ?? '', 998) || null)
}

/** The ids of a References field, oldest first; of a long chain the first and the newest. */
function referencesOf(headers: Buffer | undefined): string[] {
  if (!headers) return []
  const ids = [...new Set(messageIds(headers.subarray(0, 64_000).toString('latin1')))]
  return ids.length <= maxReferences ? ids : [...ids.slice(0, 1), ...ids.slice(1 - maxReferences)]
}

/** `<…>` without blanks, as RFC 5322 §3.6.4 has them; the brackets are kept, as in the header. */
const messageIds = (text: string): string[] => (text.match(/<[^<>\s]{1,996}>/g) ?? []).map((id) => cleanLine(id, 998))
