import type { IdentityRow } from '../identities/identity-store.ts'
import { parseAddress } from '../outbox/address.ts'
import type { Mailbox } from '../outbox/compose.ts'
import type { Composition } from '../outbox/composition.ts'
import type { DraftRecipientLists } from './draft-recipients.ts'
import type { DraftContent } from './draft-store.ts'

/** What a draft would send under an identity to these recipients. */
export function compositionOf(
  row: DraftContent,
  identity: IdentityRow,
  { to, cc, bcc }: DraftRecipientLists,
): Composition {
  return {
    mailAccountId: row.mail_account_id,
    identityId: identity.id,
    from: { name: identity.name, email: identity.email },
    replyTo: identity.reply_to,
    ...{ to, cc, bcc, subject: row.subject },
    ...(row.text_body !== null && { text: row.text_body }),
    ...(row.html_body !== null && { html: row.html_body }),
    attachments: row.attachments,
    parts: row.parts,
    ...(row.in_reply_to !== null && { inReplyTo: row.in_reply_to }),
    references: row.reference_headers,
    ...(row.origin_message_id &&
      row.origin_act && { origin: { messageId: row.origin_message_id, act: row.origin_act } }),
  }
}

/** Its recipients as far as they are addresses: no other program could read the rest. */
export const finishedRecipients = (row: DraftContent): DraftRecipientLists => ({
  to: row.to_recipients.flatMap(finished),
  cc: row.cc_recipients.flatMap(finished),
  bcc: row.bcc_recipients.flatMap(finished),
})

function finished({ name, email }: Mailbox): Mailbox[] {
  const address = parseAddress(email)
  return address ? [{ name, email: address.email }] : []
}
