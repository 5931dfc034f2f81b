import type { ListedMessage } from './message-list-store.ts'
import type { MessageSummary } from './wire.ts'

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
    label_ids: row.label_ids,
    is_pinned: row.is_pinned,
    snoozed_until: row.snoozed_until && inMilliseconds(row.snoozed_until),
  }
}

/** `…:05.123456Z` as `…:05.123Z`, the form of every time in the API. */
export const inMilliseconds = (time: string) => `${time.slice(0, 23)}Z`
