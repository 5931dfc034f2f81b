import type { IdentityRow } from '../identities/identity-store.ts'
import type { CompositionAttachment } from '../outbox/composition.ts'
import type { DraftRow, ListedDraft } from './draft-store.ts'
import type { Draft, DraftSummary } from './draft-wire.ts'

/** Strong: each change of a draft draws another revision. */
export const etagOfDraft = ({ revision }: { revision: string }): string => `"${revision}"`

export const draftSummaryOf = (row: ListedDraft): DraftSummary => ({
  id: row.id,
  mail_account_id: row.mail_account_id,
  to: row.to_recipients,
  cc: row.cc_recipients,
  bcc: row.bcc_recipients,
  subject: row.subject,
  preview: row.preview,
  attachments: row.attachments.map(attachmentOf),
  is_opened: row.unread_message_id === null,
  in_reply_to: row.in_reply_to,
  origin: row.origin_message_id && row.origin_act ? { message_id: row.origin_message_id, act: row.origin_act } : null,
  etag: etagOfDraft(row),
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

export const draftOf = (row: DraftRow, identity: IdentityRow): Draft => ({
  ...draftSummaryOf(row),
  identity_id: identity.id,
  from: { name: identity.name, email: identity.email },
  reply_to: identity.reply_to,
  text: row.text_body,
  html: row.html_body,
  references: row.reference_headers,
  parts: row.parts.map(({ contentType }) => ({ content_type: contentType })),
})

const attachmentOf = (attachment: CompositionAttachment) => ({
  upload_id: attachment.id,
  filename: attachment.filename,
  content_type: attachment.contentType,
  size_bytes: attachment.sizeBytes,
  content_id: attachment.contentId ?? null,
})
