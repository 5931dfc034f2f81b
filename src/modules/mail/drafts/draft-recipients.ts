import { AppError, type ErrorDetail } from '#platform/errors.ts'
import { parseAddress } from '../outbox/address.ts'
import type { Mailbox } from '../outbox/compose.ts'
import { maxRecipients } from '../outbox/outbox-wire.ts'
import type { DraftContent } from './draft-store.ts'

type Lists = Pick<DraftContent, 'to_recipients' | 'cc_recipients' | 'bcc_recipients'>
const fields = ['to', 'cc', 'bcc'] as const
export type DraftRecipientLists = Record<(typeof fields)[number], Mailbox[]>

/** @throws AppError `mail.draft_not_sendable` naming each address that is none, or when there are none or too many. */
export function readRecipients(draft: Lists): DraftRecipientLists {
  const faults: ErrorDetail[] = []
  const lists = eachList(draft, (mailbox, field, index) => {
    const address = parseAddress(mailbox.email)
    if (address) return { name: mailbox.name, email: address.email }
    faults.push({ path: `${field}.${index}.email`, message: 'must be an e-mail address' })
  })
  const count = new Set(fields.flatMap((field) => lists[field].map(({ email }) => email))).size
  if (count === 0 && faults.length === 0) faults.push({ path: 'to', message: 'must name somebody, or cc or bcc' })
  if (count > maxRecipients)
    faults.push({ path: 'to', message: `must name at most ${maxRecipients} recipients in all` })
  const [first] = faults
  if (!first) return lists
  throw new AppError(
    'unprocessable',
    'mail.draft_not_sendable',
    `The draft cannot be sent yet: ${first.path} ${first.message}.`,
    { details: faults },
  )
}

function eachList(
  draft: Lists,
  read: (mailbox: Mailbox, field: keyof DraftRecipientLists, index: number) => Mailbox | undefined,
): DraftRecipientLists {
  const list = (field: keyof DraftRecipientLists) =>
    draft[`${field}_recipients`].flatMap((mailbox, index) => read(mailbox, field, index) ?? [])
  return { to: list('to'), cc: list('cc'), bcc: list('bcc') }
}
