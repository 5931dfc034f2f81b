import { AppError } from '#platform/errors.ts'
import { parseAddress } from './address.ts'
import type { Mailbox } from './compose.ts'
import { maxRecipients, type NewMessageBody } from './outbox-wire.ts'

export type Recipients = {
  to: Mailbox[]
  cc: Mailbox[]
  /** Everyone who gets the message, blind copies too, each once. */
  envelope: string[]
}

/** @throws AppError `invalid_request_body` naming each address that is none, or when there are none or too many. */
export function recipientsOf(body: NewMessageBody): Recipients {
  const faults: { path: string; message: string }[] = []
  const read = (field: 'to' | 'cc' | 'bcc'): Mailbox[] =>
    (body[field] ?? []).flatMap(({ name = '', email }, index) => {
      const address = parseAddress(email)
      if (address) return [{ name, email: address.email }]
      faults.push({ path: `body.${field}.${index}.email`, message: 'must be an e-mail address' })
      return []
    })
  const [to, cc, bcc] = [read('to'), read('cc'), read('bcc')]
  const envelope = [...new Set([...to, ...cc, ...bcc].map(({ email }) => email))]
  if (envelope.length === 0 && faults.length === 0) {
    faults.push({ path: 'body.to', message: 'must name at least one recipient in to, cc or bcc' })
  }
  if (envelope.length > maxRecipients) {
    faults.push({ path: 'body.to', message: `must name at most ${maxRecipients} recipients together with cc and bcc` })
  }
  const [first] = faults
  if (!first) return { to, cc, envelope }
  throw new AppError('invalid', 'invalid_request_body', `The request is not valid: ${first.path} ${first.message}.`, {
    details: faults,
  })
}
