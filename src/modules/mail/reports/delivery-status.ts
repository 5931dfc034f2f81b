import { fieldOf, headerFields } from '../view/header-fields.ts'

/** What a mail server tells of one recipient (RFC 3464 §2.3). */
export type RecipientStatus = {
  /** As they were written to, when the server knows that, and as they were known where it failed. */
  addresses: string[]
  action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  status: string | null
  reason: string | null
}

export type DeliveryStatus = {
  /** ENVID as we gave it (RFC 3461 §4.4). */
  envelopeId: string | null
  recipients: RecipientStatus[]
}

const actions = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const
const maxRecipients = 1000
const maxReason = 500

/** Reads a part of the type message/delivery-status. Never throws; what says nothing of a recipient is left out. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const [ofMessage = '', ...groups] = text.replaceAll('\r\n', '\n').split(/\n(?:[ \t]*\n)+/)
  // Some servers leave out the fields of the message.
  const isRecipient = /^(final|original)-recipient[ \t]*:/im
  const recipients = isRecipient.test(ofMessage) ? [ofMessage, ...groups] : groups
  return {
    envelopeId: fieldOf(headerFields(ofMessage), 'original-envelope-id') ?? null,
    recipients: recipients.slice(0, maxRecipients).flatMap(readRecipient),
  }
}

function readRecipient(group: string): RecipientStatus[] {
  const fields = headerFields(group)
  const said = fieldOf(fields, 'action')?.toLowerCase().split(/[\s(]/, 1)[0]
  const action = actions.find((one) => one === said)
  const named = ['original-recipient', 'final-recipient'].map((name) => addressOf(fieldOf(fields, name)))
  const addresses = [...new Set(named.flatMap((address) => (address ? [address, decoded(address)] : [])))]
  if (!action || addresses.length === 0) return []
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fieldOf(fields, 'status') ?? '')?.[0] ?? null
  const reason = typed(fieldOf(fields, 'diagnostic-code'))
  return [{ addresses, action, status, reason: reason === undefined ? null : oneLine(reason) }]
}

/** `rfc822; bob@example.test`: what comes behind the type. */
const typed = (value: string | undefined): string | undefined => value?.replace(/^[\w-]+[ \t]*;/, '').trim()

function addressOf(value: string | undefined): string | undefined {
  const text = typed(value)?.replaceAll(/^<|>$/g, '')
  return text?.includes('@') ? text : undefined
}

/** RFC 3461 §4: some servers give the address back as xtext, in which `+2B` is a plus. */
const decoded = (address: string): string =>
  address.replaceAll(/\+([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, maxReason)
