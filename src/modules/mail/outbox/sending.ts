import type { Tx } from '#platform/database/database.ts'
import { AppError, type ErrorDetail } from '#platform/errors.ts'
import { newId } from '#platform/ids.ts'
import type { MailEvent } from '../events.ts'
import { isBeyondAscii, parseAddress } from './address.ts'
import { type Mailbox, messageIdOf, oneLine } from './compose.ts'
import type { Composition } from './composition.ts'
import { type OutboxRow, outboxStore } from './outbox-store.ts'
import { enqueueTransmission } from './outbox-wakeups.ts'
import { maxRecipients } from './outbox-wire.ts'

/** A message to be sent. */
export type Outgoing = {
  ownerId: string
  /** Of an account of the owner. */
  composition: Composition
  /**
   * `automatic_reply`: what a machine answers in its owner's place. It is in no list, has no copy in Sent, and nobody is
   * told of its failure. Its composition says in `headers` what it is (RFC 3834 §5).
   */
  kind?: 'message' | 'automatic_reply'
  /** Empty for a message that must not be answered by machines; the address of `from` by default. */
  envelopeFrom?: ''
  /** It can be taken back or changed until then; without it, it goes out at once. */
  heldUntil?: Date | undefined
  draftId?: string | undefined
  followUpAt?: Date | undefined
  /** The person who sends it, when that is not the owner. */
  sentBy?: string | undefined
}

/** What was accepted, and the events of that: the caller appends them last of all. */
export type Accepted = { row: OutboxRow; events: MailEvent[] }

export type MailSending = ReturnType<typeof createSending>

/** The one way into the outbox, for HTTP as for other modules: rules, calendars, notices. */
export function createSending({ now = () => new Date() }: { now?: () => Date } = {}) {
  return {
    /** Whether a message can be sent there: what strangers write into calendars need not be an address. */
    isAddress: (email: string): boolean => parseAddress(email) !== undefined,

    /**
     * Puts a message into the outbox, in the transaction of whatever it belongs to: it goes out if and only if that
     * commits. Never sent twice: a caller whose work may be repeated calls this in the transaction that says it is done.
     * @throws AppError `invalid_request_body` naming addresses that are none.
     */
    async send(tx: Tx, outgoing: Outgoing): Promise<Accepted> {
      const { ownerId, kind = 'message', heldUntil, draftId, followUpAt, sentBy } = outgoing
      const composition = checked(outgoing.composition)
      const [id, createdAt] = [newId(), now()]
      const isHeld = heldUntil !== undefined && heldUntil > createdAt
      const row = await outboxStore.insert(tx, ownerId, {
        ...{ id, kind, draftId, followUpAt, isHeld, createdAt, sentBy },
        mailAccountId: composition.mailAccountId,
        messageIdHeader: messageIdOf(id, composition.from.email),
        ...contentOf(composition),
        ...(outgoing.envelopeFrom !== undefined && { envelopeFrom: outgoing.envelopeFrom }),
        notBefore: isHeld ? heldUntil : createdAt,
      })
      const { mailAccountId } = composition
      await enqueueTransmission(tx, { ownerId, mailAccountId }, isHeld ? { id, runAt: heldUntil } : undefined)
      const by = sentBy === undefined ? {} : { sent_by: sentBy }
      const data = { mail_account_id: mailAccountId, outbox_id: id, state: row.state, ...by }
      return { row, events: kind === 'message' ? [{ type: 'mail.outbox_updated', data }] : [] }
    },
  }
}

/** What of a row its composition says. */
export const contentOf = (composition: Composition) => ({
  composition,
  subject: composition.subject,
  envelopeFrom: composition.from.email,
  recipients: recipientsOf(composition).map((email) => ({ email, state: 'queued' as const, response: null })),
  requiresSmtpUtf8: everybody(composition).some(({ email }) => isBeyondAscii(email)),
})

const everybody = ({ from, replyTo, to, cc, bcc }: Composition): Mailbox[] => [from, ...replyTo, ...to, ...cc, ...bcc]

/** Everyone who gets the message, blind copies too, each once. */
const recipientsOf = ({ to, cc, bcc }: Composition): string[] => [
  ...new Set([...to, ...cc, ...bcc].map(({ email }) => email)),
]

/**
 * A composition whose every address can be put into an envelope and a header.
 * @throws AppError `invalid_request_body` naming each that cannot, or when there are no recipients or too many.
 */
export function checked(composition: Composition): Composition {
  const faults: ErrorDetail[] = []
  const read = (path: string, { name, email }: Mailbox): Mailbox => {
    const address = parseAddress(email)
    if (!address) faults.push({ path: `body.${path}.email`, message: 'must be an e-mail address' })
    return { name: oneLine(name), email: address?.email ?? email }
  }
  const list = (field: 'to' | 'cc' | 'bcc' | 'replyTo') =>
    composition[field].map((mailbox, index) => read(`${field}.${index}`, mailbox))
  const result = {
    ...composition,
    from: read('from', composition.from),
    ...{ replyTo: list('replyTo'), to: list('to'), cc: list('cc'), bcc: list('bcc') },
    subject: oneLine(composition.subject),
  }
  const count = recipientsOf(result).length
  if (count === 0) faults.push({ path: 'body.to', message: 'must name at least one recipient in to, cc or bcc' })
  if (count > maxRecipients) {
    faults.push({ path: 'body.to', message: `must name at most ${maxRecipients} recipients together with cc and bcc` })
  }
  const [first] = faults
  if (!first) return result
  throw new AppError('invalid', 'invalid_request_body', `The request is not valid: ${first.path} ${first.message}.`, {
    details: faults,
  })
}
