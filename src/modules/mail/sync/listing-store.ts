import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'
import type { Threading } from '../threads/threading.ts'
import type { AccountKey, Folder } from './folder-store.ts'
import type { LocationFlags } from './message-flags.ts'
import type { MessageRow } from './message-row.ts'
import { maxBodyAttempts } from './pending-body-store.ts'

export type NewMessage = { id: string; row: MessageRow; threading: Threading }

/** A location to be inserted: where a message lies and where its owner sees it. */
export type NewLocation = {
  uid: number
  modseq: string | null
  messageId: string
  shownFolderId: string
  receivedAt: Date
  flags: LocationFlags
}

export const listingStore = {
  /** Those of `uids` that are stored already. One that was thought gone is visible again. */
  async revive(tx: Tx, { ownerId }: AccountKey, folder: Folder, uids: readonly number[]): Promise<Set<number>> {
    const { rows } = await sql<{ uid: number; gone_at: Date | null }>`
      select uid, gone_at from mail_location
      where owner_id = ${ownerId} and folder_id = ${folder.id} and uidvalidity = ${folder.uidvalidity}
        and uid = any(${uids}::bigint[])`.execute(tx)
    const gone = rows.filter((row) => row.gone_at !== null).map((row) => row.uid)
    if (gone.length > 0) {
      await sql`update mail_location set gone_at = null
        where owner_id = ${ownerId} and folder_id = ${folder.id} and uidvalidity = ${folder.uidvalidity}
          and uid = any(${gone}::bigint[])`.execute(tx)
    }
    return new Set(rows.map((row) => row.uid))
  },

  /** Messages of the account that have the server's own identity of one of `rows`, by that. */
  async findByEmailIds(tx: Tx, key: AccountKey, rows: readonly MessageRow[]): Promise<Map<string, string>> {
    const emailIds = rows.flatMap((row) => row.serverEmailId ?? [])
    if (emailIds.length === 0) return new Map()
    const { rows: found } = await sql<{ id: string; server_email_id: string }>`
      select id, server_email_id from mail_message
      where owner_id = ${key.ownerId} and mail_account_id = ${key.mailAccountId}
        and server_email_id = any(${emailIds}::text[])
      order by id desc for key share`.execute(tx)
    return new Map(found.map((row) => [row.server_email_id, row.id]))
  },

  async insertMessages(tx: Tx, key: AccountKey, messages: readonly NewMessage[]) {
    if (messages.length === 0) return
    await sql`
      insert into mail_message (owner_id, mail_account_id, id, thread_id, is_bare_reply, message_id_header, in_reply_to,
        reference_headers, server_email_id, subject, from_name, from_email, recipients, sent_at, received_at, size_bytes,
        has_attachments, parts, body_state, body_attempts, server_thread_id, subject_key)
      select ${key.ownerId}, ${key.mailAccountId}, id, coalesce(thread_id, id), is_bare_reply is not null,
        message_id_header, in_reply_to, reference_headers, server_email_id, subject, from_name, from_email, recipients,
        sent_at, received_at, size_bytes, has_attachments, parts, body_state, body_attempts, server_thread_id, subject_key
      from jsonb_to_recordset(${JSON.stringify(messages.map(messageRecord))}::jsonb) as message (
        id uuid, message_id_header text, in_reply_to text, reference_headers text[],
        server_email_id text, subject text, from_name text, from_email text, recipients jsonb, sent_at timestamptz,
        received_at timestamptz, size_bytes bigint, has_attachments boolean, parts jsonb, body_state text,
        body_attempts smallint, server_thread_id text, thread_id uuid, subject_key uuid, is_bare_reply boolean)`.execute(
      tx,
    )
  },

  async insertLocations(tx: Tx, key: AccountKey, folder: Folder, locations: readonly NewLocation[]) {
    if (locations.length === 0) return
    await sql`
      insert into mail_location (owner_id, mail_account_id, folder_id, uidvalidity, uid, modseq, message_id,
        shown_folder_id, received_at, is_read, is_starred, is_answered, is_draft, keywords)
      select ${key.ownerId}, ${key.mailAccountId}, ${folder.id}, ${folder.uidvalidity}, location.*
      from jsonb_to_recordset(${JSON.stringify(locations.map(locationRecord))}::jsonb) as location (
        uid bigint, modseq numeric, message_id uuid, shown_folder_id uuid, received_at timestamptz, is_read boolean,
        is_starred boolean, is_answered boolean, is_draft boolean, keywords text[])`.execute(tx)
  },
}

function messageRecord({ id, row, threading }: NewMessage) {
  return {
    id,
    message_id_header: row.messageIdHeader,
    in_reply_to: row.inReplyTo,
    reference_headers: row.references,
    server_email_id: row.serverEmailId,
    subject: row.subject,
    from_name: row.from.name,
    from_email: row.from.email,
    recipients: row.recipients,
    sent_at: row.sentAt,
    received_at: row.receivedAt,
    size_bytes: row.sizeBytes,
    has_attachments: row.hasAttachments,
    parts: row.parts,
    // A stub has no body to fetch, but its header is to be indexed: given up by who fetches bodies.
    body_state: row.isStub ? 'attempted' : 'pending',
    body_attempts: row.isStub ? maxBodyAttempts : 0,
    // What most messages lack is left out: it would be written and read for each.
    server_thread_id: row.serverThreadId ?? undefined,
    thread_id: threading.threadId === id ? undefined : threading.threadId,
    subject_key: threading.subjectKey,
    is_bare_reply: threading.isBareReply || undefined,
  }
}

function locationRecord({ uid, modseq, messageId, shownFolderId, receivedAt, flags }: NewLocation) {
  return {
    uid,
    modseq,
    message_id: messageId,
    shown_folder_id: shownFolderId,
    received_at: receivedAt,
    is_read: flags.isRead,
    is_starred: flags.isStarred,
    is_answered: flags.isAnswered,
    is_draft: flags.isDraft,
    keywords: flags.keywords,
  }
}
