import { createHash } from 'node:crypto'
import { attachmentsOf, type MessagePart } from '../sync/body-parts.ts'
import { sanitizeMessageHtml, sanitizerVersion } from './html-sanitizer.ts'
import type { ListedMessage } from './message-list-store.ts'
import type { StoredBody, StoredMessage } from './message-store.ts'
import type { Attachment, Message, MessageBody, MessageSummary } from './wire.ts'

/** A list item of the API. */
export function summaryOf(row: ListedMessage): MessageSummary {
  return {
    id: row.id,
    mail_account_id: row.mail_account_id,
    folder_id: row.folder_id,
    thread_id: row.thread_id,
    subject: row.subject,
    from: { name: row.from_name, email: row.from_email },
    to: row.to ?? [],
    received_at: inMilliseconds(row.received_at),
    sent_at: row.sent_at && inMilliseconds(row.sent_at),
    size_bytes: row.size_bytes,
    preview: row.preview,
    is_read: row.is_read,
    is_starred: row.is_starred,
    is_answered: row.is_answered,
    is_draft: row.is_draft,
    keywords: row.keywords,
    has_attachments: row.has_attachments,
  }
}

/** A whole message of the API; `body` is undefined as long as it is not stored. */
export function messageOf(row: StoredMessage, body: StoredBody | undefined): Message {
  const { to = [], cc = [], bcc = [], reply_to = [] } = row.recipients
  return {
    ...summaryOf(row),
    to,
    cc,
    bcc,
    reply_to,
    message_id_header: row.message_id_header,
    in_reply_to: row.in_reply_to,
    references: row.reference_headers,
    body: body ? storedBody(row, body) : missingBody(row),
    attachments: attachmentsOf(row.parts).map(attachmentOf),
  }
}

/** Weak (RFC 9110 §8.8.1): the same message may be written in other bytes. Changes with all that a view shows. */
export function etagOf(row: StoredMessage): string {
  const hash = createHash('sha256').update(JSON.stringify([sanitizerVersion, row]))
  return `W/"${hash.digest('base64url').slice(0, 22)}"`
}

function storedBody(row: StoredMessage, body: StoredBody): MessageBody {
  const clean =
    body.html === null
      ? undefined
      : sanitizeMessageHtml(body.html, { inlineImageUrl: (contentId) => inlineImageUrl(row, contentId) })
  return {
    // Its HTML could not be had from the server yet; the text beside it is shown meanwhile.
    state: row.body_state === 'indexed' ? 'pending' : 'stored',
    text: body.text,
    html: clean?.html ?? null,
    is_truncated: body.isTruncated || clean?.isTruncated === true,
    blocked_remote_images: clean?.blockedRemoteImages ?? 0,
  }
}

const missingBody = (row: StoredMessage): MessageBody => ({
  state: row.body_state === 'failed' ? 'failed' : 'pending',
  text: null,
  html: null,
  is_truncated: false,
  blocked_remote_images: 0,
})

function inlineImageUrl(row: StoredMessage, contentId: string): string | undefined {
  const image = row.parts.find((part) => part.cid === contentId)
  return image && `/api/v1/mail/messages/${row.id}/attachments/${image.part}`
}

const attachmentOf = (part: MessagePart): Attachment => ({
  id: part.part,
  filename: part.filename,
  content_type: part.type,
  size_bytes: part.size,
  is_inline: part.disposition === 'inline' || (part.cid !== null && part.disposition === null),
  content_id: part.cid,
})

/** `…:05.123456Z` as `…:05.123Z`, the form of every time in the API. */
export const inMilliseconds = (time: string) => `${time.slice(0, 23)}Z`
