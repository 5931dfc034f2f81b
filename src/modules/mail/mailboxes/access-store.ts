import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'
import { type GrantedRole, grantedRoles, type Role } from './roles.ts'

/** A mailbox in which somebody may do something; its lender is null when it is the organisation's. */
export type HeldMailbox = { ownerId: string; role: Role; lender: { id: string; name: string } | null }

/** Tables whose rows requests name by their ids. */
const named = [
  ...['mail_account', 'mail_folder', 'mail_message', 'mail_draft', 'mail_outbox', 'mail_label', 'mail_identity'],
  ...['mail_template', 'mail_upload', 'mail_act', 'mail_bulk_act', 'mail_import', 'mail_rule', 'mail_rule_pass'],
  ...['mail_blocked_sender', 'mail_forward_target', 'webhook_endpoint', 'webhook_delivery'],
]

export const mailboxAccessStore = {
  /** The mailboxes in which somebody has a role, by themselves, by a group or as the lender; the greatest counts. */
  async heldBy(db: Queryable, personId: string): Promise<HeldMailbox[]> {
    const { rows } = await sql<{ owner_id: string; rank: number; lender_id: string | null; lender_name: string }>`
      select mailbox.owner_id, max(held.rank) as rank, mailbox.lender_id,
        (select coalesce(chosen_name, display_name, email, username, '') from principal where id = mailbox.lender_id)
          as lender_name
      from (
        select owner_id, ${grantedRoles.length + 1} as rank from mail_mailbox where lender_id = ${personId}
        union all
        select owner_id, ${rankOf} from mail_grant where member_id = ${personId}
        union all
        select owner_id, ${rankOf} from mail_grant
        where group_name = any(array(select unnest(groups) from principal where id = ${personId}))
      ) as held join mail_mailbox as mailbox using (owner_id)
      group by 1, 3 order by 1`.execute(db)
    return rows.map(({ owner_id, rank, lender_id, lender_name }) => ({
      ownerId: owner_id,
      role: grantedRoles[rank - 1] ?? 'owner',
      lender: lender_id === null ? null : { id: lender_id, name: lender_name },
    }))
  },

  /** Which of these owners have things with these ids. */
  async ownersOf(db: Database, ownerIds: readonly string[], ids: readonly string[]): Promise<string[]> {
    const found = named.map(
      (table) => sql`select owner_id from ${sql.table(table)}
      where owner_id = any(${[...ownerIds]}::uuid[]) and id = any(${[...ids]}::uuid[])`,
    )
    const { rows } = await sql<{ owner_id: string }>`
      ${sql.join(found, sql` union `)}
      union select owner_id from mail_message
      where owner_id = any(${[...ownerIds]}::uuid[]) and thread_id = any(${[...ids]}::uuid[])`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },
}

const rankOf = sql`array_position(${[...grantedRoles] as GrantedRole[]}::text[], role)`

/** Everybody who may read in a mailbox. */
export async function mailboxReaders(tx: Tx, ownerId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select person.id from principal as person where person.id in (
      select lender_id from mail_mailbox where owner_id = ${ownerId}
      union select member_id from mail_grant where owner_id = ${ownerId}
    )
    union
    select person.id from mail_grant join principal as person on person.groups @> array[mail_grant.group_name]
    where mail_grant.owner_id = ${ownerId} and person.kind = 'person'
    order by 1`.execute(tx)
  return rows.map(({ id }) => id)
}
