import { etagOf } from '#platform/http/etag.ts'
import type { Composition } from './composition.ts'
import type { OutboxRow, RecipientReport } from './outbox-store.ts'
import type { OutboxEntry, OutboxMessage } from './outbox-wire.ts'

export const outboxMessageOf = (row: OutboxRow): OutboxMessage => ({
  id: row.id,
  mail_account_id: row.mail_account_id,
  message_id_header: row.message_id_header,
  subject: row.subject,
  recipients: row.recipients.map((recipient) => ({ ...recipient, report: reportOf(row.reports[recipient.email]) })),
  state: row.state,
  not_before: row.not_before.toISOString(),
  attempts: row.attempts,
  next_attempt_at: isWaiting(row) ? row.next_attempt_at.toISOString() : null,
  last_response: row.last_response,
  sent_by: row.sent_by,
  sent_at: row.sent_at?.toISOString() ?? null,
  follow_up:
    row.follow_up_at && row.follow_up_state ? { at: row.follow_up_at.toISOString(), state: row.follow_up_state } : null,
  created_at: row.created_at.toISOString(),
})

export function outboxEntryOf(row: OutboxRow): OutboxEntry {
  const entry = { ...outboxMessageOf(row), content: row.composition && contentOf(row.composition) }
  return { ...entry, etag: etagOfEntry(row) }
}

/** Of what can be changed: an attempt that was made meanwhile is no other version. */
export const etagOfEntry = ({ composition, not_before, follow_up_at, state }: OutboxRow): string =>
  etagOf([composition, not_before, follow_up_at, state === 'held'])

const isWaiting = ({ state }: OutboxRow) => state === 'held' || state === 'queued' || state === 'transmitting'

const reportOf = (report: RecipientReport | undefined) => {
  if (!report) return null
  const { action, status, reason, messageId, at } = report
  return { action, status, reason, message_id: messageId, at }
}

const contentOf = ({ from, to, cc, bcc, text, html, attachments }: Composition) => ({
  ...{ from, to: [...to], cc: [...cc], bcc: [...bcc], text: text ?? null, html: html ?? null },
  attachments: attachments.map(({ filename, contentType, sizeBytes }) => ({
    filename,
    content_type: contentType,
    size_bytes: sizeBytes,
  })),
})
