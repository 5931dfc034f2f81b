import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Mailbox } from '../outbox/compose.ts'
import type { Folder } from '../sync/folder-store.ts'

/** A message in the Drafts folder that is nobody's copy yet. */
export type FoundDraft = {
  uid: number
  message_id: string
  message_id_header: string | null
  subject: string
  from_email: string
  recipients: { to?: Mailbox[]; cc?: Mailbox[]; bcc?: Mailbox[] }
  in_reply_to: string | null
  reference_headers: string[]
  preview: string
  received_at: Date
}

/** A copy that is not where it was, or beside which a newer one lies. */
export type LostCopy = {
  draft_id: string
  message_id_header: string | null
  /** It has been gone for longer than another one would need to turn up in its place. */
  is_gone: boolean
}

type Key = { ownerId: string; mailAccountId: string }

export const draftPickupStore = {
  /**
   * Messages that the server shows in the folder and that are no copies of drafts, nor about to be. `own` are the
   * addresses of who writes: what others wrote, and somebody put there, is no draft.
   */
  async found(db: Queryable, key: Key, folder: Folder, own: readonly string[], limit: number): Promise<FoundDraft[]> {
    const { rows } = await sql<FoundDraft>`
      select place.uid, message.id as message_id, message.message_id_header, message.subject, message.from_email,
        message.recipients, message.in_reply_to, message.reference_headers, message.preview, message.received_at
      from mail_location as place
      join mail_message as message on message.owner_id = place.owner_id and message.id = place.message_id
      where place.owner_id = ${key.ownerId} and place.folder_id = ${folder.id}
        and place.uidvalidity = ${folder.uidvalidity} and place.gone_at is null
        and (place.is_draft or message.from_email = '' or lower(message.from_email) = any(${own}::text[]))
        and not exists (
          select from mail_draft_copy as copy
          where copy.owner_id = place.owner_id and copy.mail_account_id = ${key.mailAccountId}
            and (copy.folder_id = place.folder_id and copy.uidvalidity = place.uidvalidity
                and (copy.uid = place.uid
                  -- An older version that the other program has not taken away yet.
                  or copy.uid > place.uid and copy.message_id_header = message.message_id_header)
              or copy.appending_header = message.message_id_header))
      order by place.uid limit ${limit}`.execute(db)
    return rows
  },

  /**
   * Copies that the folder had and has no more, although all of it is listed up to them: another program deleted them,
   * sent them, or put other ones into their place. And those that still lie beside a newer one.
   */
  async lost(db: Queryable, key: Key, folder: Folder, graceMs: number): Promise<LostCopy[]> {
    const place = sql`place.owner_id = copy.owner_id and place.folder_id = copy.folder_id
      and place.uidvalidity = copy.uidvalidity`
    const { rows } = await sql<LostCopy>`
      select copy.draft_id, copy.message_id_header, is_missing and not exists (
        select from mail_location as place where ${place} and place.uid = copy.uid
          and place.gone_at > now() - make_interval(secs => ${graceMs / 1000})) as is_gone
      from (
        select copy.*,
          case when copy.uidvalidity = ${folder.uidvalidity}
            then copy.uid < ${folder.uidnext} and copy.uid >= ${folder.backfillLow} and not exists (
              select from mail_location as place where ${place} and place.uid = copy.uid and place.gone_at is null)
            else ${folder.backfillLow} = 1 end as is_missing,
          exists (
            select from mail_message as message
            join mail_location as place on place.owner_id = message.owner_id and place.message_id = message.id
            where message.owner_id = copy.owner_id and message.mail_account_id = copy.mail_account_id
              and message.message_id_header = copy.message_id_header and ${place} and place.uid > copy.uid
              and place.gone_at is null) as is_superseded
        from mail_draft_copy as copy
        where copy.owner_id = ${key.ownerId} and copy.mail_account_id = ${key.mailAccountId}
          and copy.folder_id = ${folder.id} and copy.appending_revision is null
          and copy.wanted_revision = copy.stored_revision
      ) as copy
      where is_missing or is_superseded`.execute(db)
    return rows
  },

  /** Whether copies are known by UIDs that the server has given up (RFC 3501 §2.3.1.1). */
  async hasOldUids(db: Queryable, key: Key, folder: Folder): Promise<boolean> {
    const { rows } = await sql`
      select from mail_draft_copy
      where owner_id = ${key.ownerId} and mail_account_id = ${key.mailAccountId} and folder_id = ${folder.id}
        and uidvalidity <> ${folder.uidvalidity} limit 1`.execute(db)
    return rows.length > 0
  },

  /** Finds those again by their Message-IDs. */
  rebind: (tx: Tx, key: Key, folder: Folder) =>
    sql`update mail_draft_copy as copy set uidvalidity = place.uidvalidity, uid = place.uid
      from mail_message as message
      join mail_location as place on place.owner_id = message.owner_id and place.message_id = message.id
      where copy.owner_id = ${key.ownerId} and copy.mail_account_id = ${key.mailAccountId}
        and copy.folder_id = ${folder.id} and copy.uidvalidity <> ${folder.uidvalidity}
        and message.owner_id = copy.owner_id and message.mail_account_id = copy.mail_account_id
        and message.message_id_header = copy.message_id_header and place.folder_id = copy.folder_id
        and place.uidvalidity = ${folder.uidvalidity} and place.gone_at is null`.execute(tx),

  /** The draft is what lies on the server now; its text is read when somebody opens it. */
  takeOver: (
    tx: Tx,
    ownerId: string,
    draft: { id: string; revision: string; identityId: string | null; found: FoundDraft },
  ) =>
    sql`update mail_draft set revision = ${draft.revision}, identity_id = ${draft.identityId},
        to_recipients = ${JSON.stringify(draft.found.recipients.to ?? [])}::jsonb,
        cc_recipients = ${JSON.stringify(draft.found.recipients.cc ?? [])}::jsonb,
        bcc_recipients = ${JSON.stringify(draft.found.recipients.bcc ?? [])}::jsonb,
        subject = ${draft.found.subject}, text_body = null, html_body = null, preview = ${draft.found.preview},
        attachments = '[]', unread_message_id = ${draft.found.message_id}, updated_at = date_trunc('milliseconds', now())
      where owner_id = ${ownerId} and id = ${draft.id}`.execute(tx),
}
