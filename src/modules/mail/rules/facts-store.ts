import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { HeaderPlace } from '../source/message-headers.ts'
import type { MessagePart } from '../sync/body-parts.ts'
import type { HeaderField } from '../view/header-fields.ts'
import type { FactAddress, Needs } from './matching/message-facts.ts'

export type FactsRow = {
  id: string
  mail_account_id: string
  subject: string
  from_name: string
  from_email: string
  recipients: Partial<Record<'to' | 'cc' | 'bcc' | 'reply_to', FactAddress[]>>
  received_at: Date
  size_bytes: number
  parts: MessagePart[]
  is_reply: boolean
  body_state: string
  text_body: string | null
  html_body: string | null
  fields: [name: string, value: string][] | null
  is_correspondent: boolean
  is_new_sender: boolean
  /** Where the account signs in: whose word on senders counts follows from it. */
  imap_host: string | null
}

export const factsStore = {
  /** What is stored of messages that conditions with these needs ask for, in no order. */
  async find(db: Queryable, ownerId: string, messageIds: readonly string[], needs: Needs): Promise<FactsRow[]> {
    const when = (isNeeded: boolean, value: ReturnType<typeof sql>, otherwise: ReturnType<typeof sql>) =>
      isNeeded ? value : otherwise
    const none = sql`null`
    const { rows } = await sql<FactsRow>`
      select message.id, message.mail_account_id, message.subject, message.from_name, message.from_email,
        message.recipients, message.received_at, message.size_bytes, message.parts, message.body_state,
        (message.in_reply_to is not null or cardinality(message.reference_headers) > 0 or message.is_bare_reply) as is_reply,
        ${when(needs.body, sql`body.text_body`, none)} as text_body,
        ${when(needs.body, sql`body.html_body`, none)} as html_body,
        ${when(needs.headers, sql`header.fields`, none)} as fields,
        ${when(
          needs.contact,
          sql`exists (select from mail_correspondent as known
            where known.owner_id = message.owner_id and known.email = lower(message.from_email))`,
          sql`false`,
        )} as is_correspondent,
        ${when(
          needs.newSender,
          sql`not exists (select from mail_message as earlier
            where earlier.owner_id = message.owner_id and lower(earlier.from_email) = lower(message.from_email)
              and (earlier.received_at, earlier.id) < (message.received_at, message.id)
              and earlier.received_at <= message.received_at)`,
          sql`false`,
        )} as is_new_sender,
        ${when(needs.authentication, sql`account.imap ->> 'host'`, none)} as imap_host
      from mail_message as message
      ${when(
        needs.body,
        sql`left join mail_body as body on body.owner_id = message.owner_id and body.message_id = message.id`,
        sql``,
      )}
      ${when(
        needs.headers,
        sql`left join mail_message_header as header
          on header.owner_id = message.owner_id and header.message_id = message.id`,
        sql``,
      )}
      ${when(
        needs.authentication,
        sql`left join mail_account as account
          on account.owner_id = message.owner_id and account.id = message.mail_account_id`,
        sql``,
      )}
      where message.owner_id = ${ownerId} and message.id = any(${[...messageIds]}::uuid[])`.execute(db)
    return rows
  },

  /** Where their servers had these messages last. */
  async places(
    db: Queryable,
    ownerId: string,
    messageIds: readonly string[],
  ): Promise<(HeaderPlace & { mailAccountId: string })[]> {
    const { rows } = await sql<HeaderPlace & { mailAccountId: string }>`
      select distinct on (place.message_id) place.message_id as "messageId", place.mail_account_id as "mailAccountId",
        folder.path, place.uidvalidity, place.uid
      from mail_location as place
      join mail_folder as folder on folder.owner_id = place.owner_id and folder.id = place.folder_id
        and folder.uidvalidity = place.uidvalidity
      where place.owner_id = ${ownerId} and place.message_id = any(${[...messageIds]}::uuid[]) and place.gone_at is null
      order by place.message_id, folder.role is not distinct from 'all', place.uid desc`.execute(db)
    return rows
  },

  /** Of messages that are gone by now nothing is kept. */
  keepHeaders: (db: Queryable, ownerId: string, headers: ReadonlyMap<string, readonly HeaderField[]>) =>
    sql`insert into mail_message_header (owner_id, message_id, fields)
      select ${ownerId}, new.id, new.fields
      from jsonb_to_recordset(${JSON.stringify(
        [...headers].map(([id, fields]) => ({ id, fields: fields.map(({ name, value }) => [name, value]) })),
      )}::jsonb) as new (id uuid, fields jsonb)
      join mail_message as message on message.owner_id = ${ownerId} and message.id = new.id
      on conflict (owner_id, message_id) do nothing`.execute(db),
}
