import { sql } from 'kysely'
import type { Tx } from '#platform/database/database.ts'

/** A copy of a message in a folder, ahead of the server; of an account whose folders are labels, the same message. */
export type NewCopy = { sourceId: string; id: string; folderId: string; mailAccountId: string }

export const copyStore = {
  /**
   * Messages like others, with their bodies and words. One in another account has none of the server's ids, and no
   * thread until that account is synced: who finds threads holds its lease.
   */
  async insertMessages(tx: Tx, ownerId: string, copies: readonly NewCopy[]): Promise<void> {
    const messages = copies.filter((copy) => copy.id !== copy.sourceId)
    if (messages.length === 0) return
    const copied = sql`jsonb_to_recordset(${JSON.stringify(messages)}::jsonb)
      as copy ("sourceId" uuid, id uuid, "mailAccountId" uuid)`
    const isHere = sql`source.mail_account_id = copy."mailAccountId"`
    await sql`
      insert into mail_message (owner_id, id, mail_account_id, message_id_header, in_reply_to, reference_headers,
        server_email_id, server_thread_id, subject, from_name, from_email, recipients, sent_at, received_at, size_bytes,
        has_attachments, parts, preview, body_state, thread_id, subject_key, is_bare_reply)
      select source.owner_id, copy.id, copy."mailAccountId", source.message_id_header, source.in_reply_to,
        source.reference_headers, case when ${isHere} then source.server_email_id end,
        case when ${isHere} then source.server_thread_id end, source.subject, source.from_name, source.from_email,
        source.recipients, source.sent_at, source.received_at, source.size_bytes, source.has_attachments, source.parts,
        source.preview, source.body_state, case when ${isHere} then coalesce(source.thread_id, source.id) end,
        case when ${isHere} then source.subject_key end, ${isHere} and source.is_bare_reply
      from ${copied} join mail_message as source on source.owner_id = ${ownerId} and source.id = copy."sourceId"`.execute(
      tx,
    )
    await sql`
      insert into mail_body (owner_id, message_id, text_body, html_body, is_truncated)
      select source.owner_id, copy.id, source.text_body, source.html_body, source.is_truncated
      from ${copied}
      join mail_body as source on source.owner_id = ${ownerId} and source.message_id = copy."sourceId"`.execute(tx)
    await sql`
      insert into mail_search (owner_id, message_id, mail_account_id, received_at, words)
      select source.owner_id, copy.id, copy."mailAccountId", source.received_at, source.words
      from ${copied}
      join mail_search as source on source.owner_id = ${ownerId} and source.message_id = copy."sourceId"`.execute(tx)
  },

  /** Places that the server has not given yet, with the flags of the originals. */
  async insertPlaces(tx: Tx, ownerId: string, copies: readonly NewCopy[]): Promise<void> {
    if (copies.length === 0) return
    await sql`
      insert into mail_location (owner_id, folder_id, shown_folder_id, uidvalidity, uid, mail_account_id, message_id,
        received_at, is_read, is_starred, is_answered, is_draft, keywords, has_attachments)
      select ${ownerId}, copy."folderId", copy."folderId", 0, -nextval('mail_provisional_uid'), copy."mailAccountId",
        copy.id, message.received_at, place.is_read, place.is_starred, place.is_answered, place.is_draft,
        place.keywords, place.has_attachments
      from jsonb_to_recordset(${JSON.stringify(copies)}::jsonb)
        as copy ("sourceId" uuid, id uuid, "folderId" uuid, "mailAccountId" uuid)
      join mail_message as message on message.owner_id = ${ownerId} and message.id = copy."sourceId"
      cross join lateral (
        select * from mail_location
        where owner_id = ${ownerId} and message_id = copy."sourceId" and (gone_at is null or is_deleted)
        order by gone_at nulls first limit 1
      ) as place`.execute(tx)
  },

  /** Removes copies that no server knows of, with all that hangs on them. */
  async forget(tx: Tx, ownerId: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    for (const table of ['mail_location', 'mail_body', 'mail_search', 'mail_message_label', 'mail_remote_op']) {
      await sql`delete from ${sql.table(table)}
        where owner_id = ${ownerId} and message_id = any(${ids}::uuid[])`.execute(tx)
    }
    await sql`delete from mail_message where owner_id = ${ownerId} and id = any(${ids}::uuid[])`.execute(tx)
  },

  /** The server did not take copies: their places are gone, and messages that lie nowhere else with them. */
  async forgetPlaces(
    tx: Tx,
    ownerId: string,
    copies: readonly { copy_id: string; folder_id: string }[],
  ): Promise<void> {
    await sql`
      delete from mail_location as place
      using jsonb_to_recordset(${JSON.stringify(copies)}::jsonb) as copy (copy_id uuid, folder_id uuid)
      where place.owner_id = ${ownerId} and place.message_id = copy.copy_id and place.folder_id = copy.folder_id
        and place.uidvalidity = 0`.execute(tx)
    const { rows } = await sql<{ id: string }>`
      select id from unnest(${copies.map((copy) => copy.copy_id)}::uuid[]) as copy (id)
      where not exists (select from mail_location
        where owner_id = ${ownerId} and message_id = copy.id)`.execute(tx)
    await this.forget(
      tx,
      ownerId,
      rows.map((row) => row.id),
    )
  },
}
