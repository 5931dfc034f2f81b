import type { Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'

/** Everything that mail tells the world, with its payload. Ids are those of the API. */
export type MailEvent =
  | { type: 'mail.account_created' | 'mail.account_deleted'; data: { mail_account_id: string } }
  | {
      /** Of somebody's role in a mailbox of several people: which accounts one sees, and what one may do there. */
      type: 'mail.access_changed'
      data: { mail_account_id: string }
    }
  | {
      type: 'mail.account_updated'
      data: { mail_account_id: string; state: string; error_code: string | null }
    }
  | {
      /** Progress of the first sync: told at most once a second, instead of an event for each old message. */
      type: 'mail.account_sync_progressed'
      data: { mail_account_id: string; messages_done: number; messages_total: number }
    }
  | {
      type: 'mail.folder_created' | 'mail.folder_updated' | 'mail.folder_deleted' | 'mail.folder_reset'
      data: { mail_account_id: string; folder_id: string }
    }
  | {
      /** A message that arrived, not one that was found in an old mailbox. */
      type: 'mail.message_created'
      data: {
        mail_account_id: string
        folder_id: string
        message_id: string
        thread_id: string
        subject: string
        from: { name: string; email: string }
        received_at: string
      }
    }
  | {
      /** `label_ids` and `is_pinned` are there when they changed. */
      type: 'mail.message_updated'
      data: {
        mail_account_id: string
        message_id: string
        is_read: boolean
        is_starred: boolean
        label_ids?: string[]
        is_pinned?: boolean
      }
    }
  | {
      type: 'mail.message_moved'
      data: { mail_account_id: string; message_id: string; from_folder_id: string; folder_id: string }
    }
  | {
      /** Restored: its owner took a deletion back. A snooze that ended put the message on top of that folder. */
      type: 'mail.message_deleted' | 'mail.message_restored' | 'mail.message_snooze_ended'
      data: { mail_account_id: string; message_id: string; folder_id: string }
    }
  | {
      /** The copy is a message of its own, in `folder_id` of the account `copy_account_id`. */
      type: 'mail.message_copied'
      data: {
        mail_account_id: string
        message_id: string
        copy_id: string
        copy_account_id: string
        folder_id: string
      }
    }
  | { type: 'mail.thread_muted' | 'mail.thread_unmuted'; data: { thread_id: string } }
  | { type: 'mail.sender_blocked' | 'mail.sender_unblocked'; data: { blocked_sender_id: string } }
  | { type: 'mail.label_created' | 'mail.label_updated' | 'mail.label_deleted'; data: { label_id: string } }
  | {
      /** Work on very many messages got further; of the messages no events tell. */
      type: 'mail.bulk_act_updated'
      data: { bulk_act_id: string; kind: string; state: string; done_count: number; total_count: number }
    }
  | {
      /** A message came that joins threads: those merged are part of another one now, their ids are gone. */
      type: 'mail.thread_merged'
      data: { mail_account_id: string; merges: Array<{ thread_id: string; merged_thread_ids: string[] }> }
    }
  | {
      /** A change of a folder that the server refused; another event told what it is now. */
      type: 'mail.folder_change_refused'
      data: { mail_account_id: string; folder_id: string; reason: string }
    }
  | {
      /** A write that the server refused and that was taken back. */
      type: 'mail.message_change_refused'
      data: { mail_account_id: string; message_id: string; reason: string }
    }
  | {
      /** Of the draft as it is now: another window that shows an older one loads it again. */
      type: 'mail.draft_created' | 'mail.draft_updated'
      data: { mail_account_id: string; draft_id: string; etag: string }
    }
  | {
      /** Of a file to be attached; at most once a second. `size_bytes` is null when it was not announced. */
      type: 'mail.upload_progressed'
      data: { upload_id: string; received_bytes: number; size_bytes: number | null }
    }
  | { type: 'mail.draft_deleted'; data: { mail_account_id: string; draft_id: string } }
  | {
      /** A message came into the outbox, or its owner did something to it. */
      type: 'mail.outbox_updated'
      data: { mail_account_id: string; outbox_id: string; state: string; sent_by?: string }
    }
  | {
      /** A server that had taken a message reports that it could not deliver it. */
      type: 'mail.message_bounced'
      data: {
        mail_account_id: string
        outbox_id: string
        message_id_header: string
        /** The report. */
        message_id: string
        recipients: Array<{ email: string; status: string | null; reason: string | null }>
      }
    }
  | { type: 'mail.vacation_updated'; data: { mail_account_id: string; is_enabled: boolean } }
  | {
      /** Nobody has answered a message of which its sender wanted to be reminded. */
      type: 'mail.follow_up_due'
      data: { mail_account_id: string; outbox_id: string; message_id_header: string }
    }
  | { type: 'mail.outbox_deleted'; data: { mail_account_id: string; outbox_id: string } }
  | {
      /** `sent_by`: the person who sent it in a mailbox of several people. */
      type: 'mail.message_sent' | 'mail.message_send_failed' | 'mail.message_send_unknown'
      data: { mail_account_id: string; outbox_id: string; message_id_header: string; sent_by?: string }
    }
  | {
      /** A rule that fitted has been run. `failed`: at least one of its actions was refused. */
      type: 'mail.rule_executed'
      data: {
        mail_account_id: string
        message_id: string
        rule_id: string
        rule_version: number
        outcome: 'done' | 'failed'
      }
    }
  | {
      /** A rule has something to tell its owner. */
      type: 'mail.rule_notified'
      data: { mail_account_id: string; message_id: string; rule_id: string; text: string }
    }
  | {
      /** A rule calls one webhook, which gets this event and no other does. */
      type: 'mail.rule_webhook_called'
      data: { mail_account_id: string; message_id: string; rule_id: string; webhook_id: string }
    }
  | {
      /** At its turns, and every few seconds between them. */
      type: 'mail.import_updated'
      data: {
        mail_account_id: string
        folder_id: string
        import_id: string
        state: string
        read_bytes: number
        size_bytes: number | null
        imported_count: number
        skipped_count: number
        failed_count: number
      }
    }

/** Appends mail events; the last thing to do in a transaction. */
export const appendMailEvents = (events: Events, tx: Tx, ownerId: string, added: readonly MailEvent[]): Promise<void> =>
  events.append(tx, ownerId, added)
