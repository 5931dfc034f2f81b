import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Mailbox } from '../outbox/compose.ts'
import type { CompositionAttachment, CompositionPart } from '../outbox/composition.ts'

/** All that a draft says, whoever it is from. */
export type DraftContent = {
  mail_account_id: string
  identity_id: string | null
  to_recipients: Mailbox[]
  cc_recipients: Mailbox[]
  bcc_recipients: Mailbox[]
  subject: string
  text_body: string | null
  html_body: string | null
  preview: string
  attachments: CompositionAttachment[]
  parts: CompositionPart[]
  in_reply_to: string | null
  reference_headers: string[]
  origin_message_id: string | null
  origin_act: 'reply' | 'forward' | null
  unread_message_id: string | null
}

export type DraftRow = DraftContent & { id: string; revision: string; created_at: Date; updated_at: Date }

/** What lists show. */
export type ListedDraft = Omit<DraftRow, 'text_body' | 'html_body' | 'parts'>

/** The text of a draft that nobody opened here may have been fetched as that of any message meanwhile. */
const preview = sql`coalesce(nullif(preview, ''), (
  select message.preview from mail_message as message
  where message.owner_id = mail_draft.owner_id and message.id = mail_draft.unread_message_id), '') as preview`
const listed = sql`id, revision, mail_account_id, identity_id, to_recipients, cc_recipients, bcc_recipients, subject,
  ${preview}, attachments, in_reply_to, reference_headers, origin_message_id, origin_act, unread_message_id, created_at,
  updated_at`
const all = sql`${listed}, text_body, html_body, parts`

/** The values of a row, in the order of `contentColumns`. */
const contentColumns = sql`mail_account_id, identity_id, to_recipients, cc_recipients, bcc_recipients, subject,
  text_body, html_body, preview, attachments, parts, in_reply_to, reference_headers, origin_message_id, origin_act,
  unread_message_id`
const contentValues = (content: DraftContent) => sql`${content.mail_account_id}::uuid, ${content.identity_id}::uuid,
  ${JSON.stringify(content.to_recipients)}::jsonb, ${JSON.stringify(content.cc_recipients)}::jsonb,
  ${JSON.stringify(content.bcc_recipients)}::jsonb, ${content.subject}::text, ${content.text_body}::text,
  ${content.html_body}::text, ${content.preview}::text, ${JSON.stringify(content.attachments)}::jsonb,
  ${JSON.stringify(content.parts)}::jsonb, ${content.in_reply_to}::text, ${content.reference_headers}::text[],
  ${content.origin_message_id}::uuid, ${content.origin_act}::text, ${content.unread_message_id}::uuid`

export const draftStore = {
  /** False when there is a draft of that id already. */
  async insert(
    tx: Tx,
    ownerId: string,
    draft: DraftContent & { id: string; revision: string; now: Date },
  ): Promise<boolean> {
    const { id, revision, now } = draft
    const { rows } = await sql`
      insert into mail_draft (owner_id, id, revision, created_at, updated_at, ${contentColumns})
      values (${ownerId}, ${id}, ${revision}, ${now}, ${now}, ${contentValues(draft)})
      on conflict (owner_id, id) do nothing returning id`.execute(tx)
    return rows.length === 1
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<DraftRow | undefined> {
    const { rows } = await sql<DraftRow>`
      select ${all} from mail_draft where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** Nobody else changes or sends it before the end of the transaction. */
  async lock(tx: Tx, ownerId: string, id: string): Promise<DraftRow | undefined> {
    const { rows } = await sql<DraftRow>`
      select ${all} from mail_draft where owner_id = ${ownerId} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  update: (tx: Tx, ownerId: string, draft: DraftContent & { id: string; revision: string; now: Date }) =>
    sql`update mail_draft set (revision, updated_at, ${contentColumns})
        = (${draft.revision}::uuid, ${draft.now}::timestamptz, ${contentValues(draft)})
      where owner_id = ${ownerId} and id = ${draft.id}`.execute(tx),

  delete: (tx: Tx, ownerId: string, id: string) =>
    tx.deleteFrom('mail_draft').where('owner_id', '=', ownerId).where('id', '=', id).execute(),

  /** The one that was changed last comes first. Times are whole milliseconds, so that the one in a cursor is exact. */
  async list(
    db: Queryable,
    ownerId: string,
    page: {
      mailAccountId: string | undefined
      /** Only that whose copy on the server is this message. */
      messageId?: string | undefined
      after: { updatedAt: string; id: string } | undefined
      limit: number
    },
  ): Promise<ListedDraft[]> {
    const { mailAccountId, messageId, after, limit } = page
    const ofMessage =
      messageId === undefined
        ? sql``
        : sql`and id in (
            select copy.draft_id from mail_location as place
            join mail_draft_copy as copy on copy.owner_id = place.owner_id and copy.folder_id = place.folder_id
              and copy.uidvalidity = place.uidvalidity and copy.uid = place.uid
            where place.owner_id = ${ownerId} and place.message_id = ${messageId})`
    const ofAccount = mailAccountId === undefined ? sql`` : sql`and mail_account_id = ${mailAccountId}`
    const beyond = after ? sql`and (updated_at, id) < (${after.updatedAt}::timestamptz, ${after.id}::uuid)` : sql``
    const { rows } = await sql<ListedDraft>`
      select ${listed} from mail_draft where owner_id = ${ownerId} ${ofAccount} ${ofMessage} ${beyond}
      order by updated_at desc, id desc limit ${limit}`.execute(db)
    return rows
  },
}
