import type { Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { IdentityRow } from '../identities/identity-store.ts'
import { oneLine } from '../outbox/compose.ts'
import { outboxStore } from '../outbox/outbox-store.ts'
import { referencesTo } from '../outbox/references.ts'
import type { Templates } from '../templates/templates.ts'
import { emptyContent } from './draft-content.ts'
import type { DraftContent } from './draft-store.ts'
import type { NewDraftBody } from './draft-wire.ts'
import { beginWithSignature, endWithSignature } from './signature.ts'

/**
 * What a draft says before anybody has written into it: a template or nothing, and the signature.
 * @throws AppError `not_found`, `mail.template_variables_missing`.
 */
export async function beginningOf(
  tx: Tx,
  ownerId: string,
  body: NewDraftBody,
  { identity, templates }: { identity: IdentityRow; templates: Templates },
): Promise<DraftContent> {
  const reply = await replyOf(tx, ownerId, body.in_reply_to_message_id)
  const begun = { ...emptyContent(identity), ...reply }
  const isWritten = body.text !== undefined || body.html !== undefined
  const isSigned = body.has_signature !== false && !isWritten
  if (body.template_id === undefined) {
    const { text, html } = isSigned ? beginWithSignature(identity) : begunWithNothing
    return { ...begun, text_body: text, html_body: html }
  }
  const values = { ...ownValues(identity, body), ...body.variables }
  const filled = await templates.fill(ownerId, body.template_id, values, tx)
  const { text, html } = isSigned ? endWithSignature(filled, identity) : filled
  return { ...begun, subject: oneLine(filled.subject), text_body: text, html_body: html }
}

const begunWithNothing = { text: null, html: null }

function ownValues({ name, email }: IdentityRow, { to = [] }: NewDraftBody): Record<string, string> {
  const [recipient] = to
  return {
    'sender.name': name || email,
    'sender.email': email,
    ...(recipient && {
      'recipient.name': recipient.name || recipient.email,
      'recipient.email': recipient.email,
    }),
  }
}

async function replyOf(tx: Tx, ownerId: string, messageId: string | undefined): Promise<Partial<DraftContent>> {
  if (messageId === undefined) return {}
  const replied = await outboxStore.findReplied(tx, ownerId, messageId)
  if (!replied) throw notFound('message')
  const { inReplyTo = null, references } = referencesTo(replied)
  return {
    in_reply_to: inReplyTo,
    reference_headers: references,
    origin_message_id: messageId,
    origin_act: 'reply',
  }
}
