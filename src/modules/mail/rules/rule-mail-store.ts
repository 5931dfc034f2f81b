import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

export type Threading = { message_id_header: string | null; in_reply_to: string | null; reference_headers: string[] }

/** What rules know of the mail that they send. */
export const ruleMailStore = {
  /** The address of a verified target. */
  async target(db: Queryable, ownerId: string, id: string): Promise<string | undefined> {
    const { rows } = await sql<{ email: string }>`
      select email from mail_forward_target
      where owner_id = ${ownerId} and id = ${id} and verified_at is not null`.execute(db)
    return rows[0]?.email
  },

  async hasWebhook(db: Queryable, ownerId: string, id: string): Promise<boolean> {
    const { rows } = await sql`
      select from webhook_endpoint where owner_id = ${ownerId} and id = ${id} and module = 'mail'`.execute(db)
    return rows.length > 0
  },

  async threading(db: Queryable, ownerId: string, messageId: string): Promise<Threading | undefined> {
    const { rows } = await sql<Threading>`
      select message_id_header, in_reply_to, reference_headers from mail_message
      where owner_id = ${ownerId} and id = ${messageId}`.execute(db)
    return rows[0]
  },

  /** False when the rule has answered that address less than `days` ago. */
  async noteReply(tx: Tx, ownerId: string, { ruleId, email, days }: { ruleId: string; email: string; days: number }) {
    const { numAffectedRows = 0n } = await sql`
      insert into mail_rule_reply as reply (owner_id, rule_id, email) values (${ownerId}, ${ruleId}, ${email})
      on conflict (owner_id, rule_id, email) do update set replied_at = now()
      where reply.replied_at < now() - make_interval(days => ${days})`.execute(tx)
    return numAffectedRows === 1n
  },

  removeOldReplies: (db: Queryable, days: number) =>
    sql`delete from mail_rule_reply where replied_at < now() - make_interval(days => ${days})`.execute(db),
}
