import { sql } from 'kysely'
import type { Database, Tx } from '#platform/database/database.ts'
import { prepared } from '#platform/database/prepared.ts'
import type { HtmlFacts } from '../html/html-sanitizer.ts'
import type { MessageDetails } from './message-details.ts'

/** What a view needs to know of a message beside its row. */
export type ViewFacts = {
  account_email: string
  imap_host: string
  /** Null until they are fetched. */
  details: MessageDetails | null
  unsubscribed_at: Date | null
}

export type ViewedBody = {
  text: string | null
  /** As it came; null where `clean_html` is there, and where there is none. */
  html: string | null
  clean_html: string | null
  clean_facts: HtmlFacts | null
  is_truncated: boolean
}

const factsStatement = `
  select account.email as account_email, account.imap ->> 'host' as imap_host, body.details,
    unsubscription.requested_at as unsubscribed_at
  from mail_message as message
  join mail_account as account on account.owner_id = $1 and account.id = message.mail_account_id
  left join mail_body as body on body.owner_id = $1 and body.message_id = message.id
  left join mail_unsubscription as unsubscription
    on unsubscription.owner_id = $1 and unsubscription.message_id = message.id
  where message.owner_id = $1 and message.id = $2`

const bodyStatement = `
  select text_body as text, is_truncated,
    case when clean_version = $3 then clean_html end as clean_html,
    case when clean_version = $3 then clean_facts end as clean_facts,
    case when clean_version = $3 then null else html_body end as html
  from mail_body where owner_id = $1 and message_id = $2`

const domainsStatement = `
  select domain from mail_correspondent_domain
  where owner_id = $1 and (domain = $2 or skeleton = $3 or char_length(domain) between $4::int - 2 and $4::int + 2)
  union
  select split_part(lower(email), '@', 2) from mail_account where owner_id = $1`

export type ViewStore = ReturnType<typeof createViewStore>

export function createViewStore(database: Database) {
  return {
    async facts(ownerId: string, messageId: string): Promise<ViewFacts | undefined> {
      const [facts] = await prepared<ViewFacts>(database, factsStatement, [ownerId, messageId])
      return facts
    },

    /** With the sanitised HTML of that version of the sanitiser, or else the HTML of which it is to be made. */
    async body(ownerId: string, messageId: string, cleanVersion: number): Promise<ViewedBody | undefined> {
      const [body] = await prepared<ViewedBody>(database, bodyStatement, [ownerId, messageId, cleanVersion])
      return body
    },

    /** Unless the body was stored anew meanwhile. */
    async keepClean(
      ownerId: string,
      messageId: string,
      clean: { version: number; html: string; facts: HtmlFacts; of: string },
    ): Promise<void> {
      await sql`
        update mail_body set clean_html = ${clean.html}, clean_facts = ${JSON.stringify(clean.facts)}::jsonb,
          clean_version = ${clean.version}
        where owner_id = ${ownerId} and message_id = ${messageId} and html_body = ${clean.of}`.execute(database)
    },

    /** Registrable domains that an owner knows and that may look like `domain`: their own, and those they wrote to. */
    async knownDomains(ownerId: string, domain: string, skeleton: string): Promise<string[]> {
      const values = [ownerId, domain, skeleton, domain.length]
      const rows = await prepared<{ domain: string }>(database, domainsStatement, values)
      return rows.map((row) => row.domain)
    },
  }
}

export const detailStore = {
  keep: (tx: Tx, ownerId: string, messageId: string, details: MessageDetails) =>
    sql`update mail_body set details = ${JSON.stringify(details)}::jsonb
      where owner_id = ${ownerId} and message_id = ${messageId}`.execute(tx),

  keepAll: (tx: Tx, ownerId: string, messages: readonly { id: string; details: MessageDetails }[]) =>
    sql`update mail_body as body set details = message.details
      from jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) as message (id uuid, details jsonb)
      where body.owner_id = ${ownerId} and body.message_id = message.id and body.details is null`.execute(tx),
}
