import { sql } from 'kysely'
import { arrayLiteral, bigints, booleans, jsonbs, texts, timestamps, uuids } from '#platform/database/binary-arrays.ts'
import type { Tx } from '#platform/database/database.ts'
import { inTurns } from '#platform/in-turns.ts'
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
  hasAttachments: boolean
  flags: LocationFlags
  /** Its owner deleted it, which the server is still to be told. */
  isDeleted?: boolean | undefined
}

export const listingStore = {
  /** Those of `uids` that are stored already. One that was thought gone is visible again, unless its owner deleted it. */
  async revive(tx: Tx, { ownerId }: AccountKey, folder: Folder, uids: readonly number[]): Promise<Set<number>> {
    const { rows } = await sql<{ uid: number; gone_at: Date | null; is_deleted: boolean }>`
      select uid, gone_at, is_deleted from mail_location
      where owner_id = ${ownerId} and folder_id = ${folder.id} and uidvalidity = ${folder.uidvalidity}
        and uid = any(${bigints(uids)}::bigint[])`.execute(tx)
    const gone = rows.filter((row) => row.gone_at !== null && !row.is_deleted).map((row) => row.uid)
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
    const of = columnOf(messages)
    const column = await inTurns({
      id: () => uuids(of(({ id }) => id)),
      threadId: () => uuids(of(({ threading }) => threading.threadId)),
      isBareReply: () => booleans(of(({ threading }) => threading.isBareReply)),
      subjectKey: () => uuids(of(({ threading }) => threading.subjectKey)),
      messageIdHeader: () => texts(of(({ row }) => row.messageIdHeader)),
      inReplyTo: () => texts(of(({ row }) => row.inReplyTo)),
      referenceHeaders: () => texts(of(({ row }) => arrayLiteral(row.references))),
      serverEmailId: () => texts(of(({ row }) => row.serverEmailId)),
      serverThreadId: () => texts(of(({ row }) => row.serverThreadId)),
      subject: () => texts(of(({ row }) => row.subject)),
      fromName: () => texts(of(({ row }) => row.from.name)),
      fromEmail: () => texts(of(({ row }) => row.from.email)),
      recipients: () => jsonbs(of(({ row }) => JSON.stringify(row.recipients))),
      sentAt: () => timestamps(of(({ row }) => row.sentAt)),
      receivedAt: () => timestamps(of(({ row }) => row.receivedAt)),
      sizeBytes: () => bigints(of(({ row }) => row.sizeBytes)),
      hasAttachments: () => booleans(of(({ row }) => row.hasAttachments)),
      parts: () => jsonbs(of(({ row }) => row.partsJson)),
      isStub: () => booleans(of(({ row }) => row.isStub)),
    })
    await sql`
      insert into mail_message (owner_id, mail_account_id, id, thread_id, is_bare_reply, subject_key, message_id_header,
        in_reply_to, reference_headers, server_email_id, server_thread_id, subject, from_name, from_email, recipients,
        sent_at, received_at, size_bytes, has_attachments, parts, body_state, body_attempts)
      select ${key.ownerId}, ${key.mailAccountId}, message.id, message.thread_id, message.is_bare_reply,
        message.subject_key, message.message_id_header, message.in_reply_to, message.reference_headers::text[],
        message.server_email_id, message.server_thread_id, message.subject, message.from_name, message.from_email,
        message.recipients, message.sent_at, message.received_at, message.size_bytes, message.has_attachments,
        message.parts, case when is_stub then 'attempted' else 'pending' end,
        case when is_stub then ${maxBodyAttempts}::smallint else 0 end
      from unnest(${column.id}::uuid[],
        ${column.threadId}::uuid[],
        ${column.isBareReply}::boolean[],
        ${column.subjectKey}::uuid[],
        ${column.messageIdHeader}::text[],
        ${column.inReplyTo}::text[],
        ${column.referenceHeaders}::text[],
        ${column.serverEmailId}::text[],
        ${column.serverThreadId}::text[],
        ${column.subject}::text[],
        ${column.fromName}::text[],
        ${column.fromEmail}::text[],
        ${column.recipients}::jsonb[],
        ${column.sentAt}::timestamptz[],
        ${column.receivedAt}::timestamptz[],
        ${column.sizeBytes}::bigint[],
        ${column.hasAttachments}::boolean[],
        ${column.parts}::jsonb[],
        ${column.isStub}::boolean[]
      ) as message (id, thread_id, is_bare_reply, subject_key, message_id_header, in_reply_to, reference_headers,
        server_email_id, server_thread_id, subject, from_name, from_email, recipients, sent_at, received_at, size_bytes,
        has_attachments, parts, is_stub)`.execute(tx)
  },

  async insertLocations(tx: Tx, key: AccountKey, folder: Folder, locations: readonly NewLocation[]) {
    if (locations.length === 0) return
    const of = columnOf(locations)
    const column = await inTurns({
      uid: () => bigints(of(({ uid }) => uid)),
      modseq: () => texts(of(({ modseq }) => modseq)),
      messageId: () => uuids(of(({ messageId }) => messageId)),
      shownFolderId: () => uuids(of(({ shownFolderId }) => shownFolderId)),
      receivedAt: () => timestamps(of(({ receivedAt }) => receivedAt)),
      isRead: () => booleans(of(({ flags }) => flags.isRead)),
      isStarred: () => booleans(of(({ flags }) => flags.isStarred)),
      isAnswered: () => booleans(of(({ flags }) => flags.isAnswered)),
      isDraft: () => booleans(of(({ flags }) => flags.isDraft)),
      keywords: () => texts(of(({ flags }) => arrayLiteral(flags.keywords))),
      hasAttachments: () => booleans(of(({ hasAttachments }) => hasAttachments)),
      isDeleted: () => booleans(of(({ isDeleted = false }) => isDeleted)),
    })
    await sql`
      insert into mail_location (owner_id, mail_account_id, folder_id, uidvalidity, uid, modseq, message_id,
        shown_folder_id, received_at, is_read, is_starred, is_answered, is_draft, keywords, has_attachments, is_deleted,
        gone_at)
      select ${key.ownerId}, ${key.mailAccountId}, ${folder.id}, ${folder.uidvalidity}, place.uid, place.modseq::numeric,
        place.message_id, place.shown_folder_id, place.received_at, place.is_read, place.is_starred, place.is_answered,
        place.is_draft, place.keywords::text[], place.has_attachments, place.is_deleted,
        case when place.is_deleted then clock_timestamp() end
      from unnest(${column.uid}::bigint[],
        ${column.modseq}::text[],
        ${column.messageId}::uuid[],
        ${column.shownFolderId}::uuid[],
        ${column.receivedAt}::timestamptz[],
        ${column.isRead}::boolean[],
        ${column.isStarred}::boolean[],
        ${column.isAnswered}::boolean[],
        ${column.isDraft}::boolean[],
        ${column.keywords}::text[],
        ${column.hasAttachments}::boolean[],
        ${column.isDeleted}::boolean[]
      ) as place (uid, modseq, message_id, shown_folder_id, received_at, is_read, is_starred, is_answered, is_draft,
        keywords, has_attachments, is_deleted)`.execute(tx)
  },
}

const columnOf =
  <Row>(rows: readonly Row[]) =>
  <Value>(value: (row: Row) => Value): Value[] =>
    rows.map(value)
