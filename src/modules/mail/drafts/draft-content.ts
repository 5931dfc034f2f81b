import { oneLine } from '../outbox/compose.ts'
import { previewOf } from '../sync/preview.ts'
import { readableText } from '../sync/readable-text.ts'
import type { DraftContent } from './draft-store.ts'
import type { DraftChangeBody } from './draft-wire.ts'

/** A draft that says nothing yet. */
export const emptyContent = (identity: { id: string | null; mail_account_id: string }): DraftContent => ({
  mail_account_id: identity.mail_account_id,
  identity_id: identity.id,
  to_recipients: [],
  cc_recipients: [],
  bcc_recipients: [],
  subject: '',
  text_body: null,
  html_body: null,
  preview: '',
  attachments: [],
  parts: [],
  in_reply_to: null,
  reference_headers: [],
  origin_message_id: null,
  origin_act: null,
  unread_message_id: null,
})

/** What a request says of recipients, subject and text, and the rest as it was. */
export function changedBy(content: DraftContent, body: DraftChangeBody): DraftContent {
  const { to, cc, bcc, subject } = body
  const [text, html] = bodiesAfter(content, body)
  return {
    ...content,
    ...(to && { to_recipients: to.map(mailboxOf) }),
    ...(cc && { cc_recipients: cc.map(mailboxOf) }),
    ...(bcc && { bcc_recipients: bcc.map(mailboxOf) }),
    ...(subject !== undefined && { subject: oneLine(subject) }),
    text_body: text,
    html_body: html,
    preview: previewOfBody(text, html),
  }
}

/** A text that was written beside an older HTML is no alternative to the new one. */
function bodiesAfter(content: DraftContent, { text, html }: DraftChangeBody): [string | null, string | null] {
  if (html === undefined) return [text === undefined ? content.text_body : text, content.html_body]
  return [text ?? null, html]
}

const mailboxOf = ({ name = '', email }: { name?: string; email: string }) => ({
  name: oneLine(name),
  email: oneLine(email),
})

/** The beginning of what a draft says, for lists. */
export const previewOfBody = (text: string | null, html: string | null): string => previewOf(readableText(text, html))
