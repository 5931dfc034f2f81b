import type { Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'

/** Everything that mail tells the world, with its payload. Ids are those of the API. */
export type MailEvent =
  | { type: 'mail.account_created' | 'mail.account_deleted'; data: { mail_account_id: string } }
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
      type: 'mail.message_updated'
      data: { mail_account_id: string; message_id: string; is_read: boolean; is_starred: boolean }
    }
  | {
      type: 'mail.message_moved'
      data: { mail_account_id: string; message_id: string; from_folder_id: string; folder_id: string }
    }
  | { type: 'mail.message_deleted'; data: { mail_account_id: string; message_id: string; folder_id: string } }
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
      type: 'mail.message_sent' | 'mail.message_send_failed' | 'mail.message_send_unknown'
      data: { mail_account_id: string; outbox_id: string; message_id_header: string }
    }

/** Appends mail events; the last thing to do in a transaction. */
export const appendMailEvents = (events: Events, tx: Tx, ownerId: string, added: readonly MailEvent[]): Promise<void> =>
  events.append(tx, ownerId, added)
