import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { GrantedRole } from './roles.ts'

/** Who has a role: a person, or whoever is in a group. */
export type Member = { personId: string } | { group: string }

export type GrantRow = {
  id: string
  role: GrantedRole
  group_name: string | null
  person: { id: string; name: string; email: string | null } | null
  created_at: Date
}

export type SharedMailboxRow = {
  owner_id: string
  mail_account_id: string
  email: string
  name: string
  state: string
  created_at: Date
}

/** The issuer of principals that no directory knows. */
const issuer = 'ulti:mailbox'

const grantColumns = sql`given.id, given.role, given.group_name, given.created_at,
  (select jsonb_build_object('id', id, 'name', coalesce(chosen_name, display_name, username, ''), 'email', email)
    from principal where id = given.member_id) as person`

export const mailboxStore = {
  /** The principal of a mailbox, whose events are followed from the first on. */
  async make(tx: Tx, id: string, { name, lenderId }: { name: string; lenderId: string | null }): Promise<void> {
    await sql`insert into principal (id, kind, issuer, subject, display_name)
      values (${id}, 'mailbox', ${issuer}, ${id}, ${name})`.execute(tx)
    await sql`insert into mail_mailbox (owner_id, lender_id) values (${id}, ${lenderId})`.execute(tx)
    await sql`insert into event_sequence (owner_id, last_seq, is_followed) values (${id}, 0, true)`.execute(tx)
  },

  /** Waits for whoever changes who may do what in a mailbox. False when there is none. */
  async lock(tx: Tx, ownerId: string): Promise<boolean> {
    const { rows } = await sql`select from mail_mailbox where owner_id = ${ownerId} for update`.execute(tx)
    return rows.length > 0
  },

  async isMailbox(db: Queryable, ownerId: string): Promise<boolean> {
    const { rows } = await sql`select from mail_mailbox where owner_id = ${ownerId}`.execute(db)
    return rows.length > 0
  },

  /** Mailboxes that are somebody's. */
  async lentBy(db: Queryable, personId: string): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select owner_id from mail_mailbox where lender_id = ${personId}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  async lenderOf(db: Queryable, ownerId: string): Promise<string | undefined> {
    const { rows } = await sql<{ lender_id: string | null }>`
      select lender_id from mail_mailbox where owner_id = ${ownerId}`.execute(db)
    return rows[0]?.lender_id ?? undefined
  },

  /** Null: the organisation's from now on. */
  async setLender(tx: Tx, ownerId: string, lenderId: string | null): Promise<void> {
    await sql`update mail_mailbox set lender_id = ${lenderId} where owner_id = ${ownerId}`.execute(tx)
    // Whatever became of whoever lent it before.
    await sql`update principal set suspended_at = null where id = ${ownerId} and kind = 'mailbox'`.execute(tx)
  },

  /** Nothing is synced or sent in what somebody lends while they are suspended. */
  async setSuspended(tx: Tx, ownerIds: readonly string[], isSuspended: boolean): Promise<void> {
    await sql`update principal set suspended_at = case when ${isSuspended} then now() end
      where id = any(${[...ownerIds]}::uuid[]) and kind = 'mailbox'`.execute(tx)
  },

  /** The account of a mailbox; undefined while it is on its way there. */
  async accountOf(db: Queryable, ownerId: string): Promise<string | undefined> {
    const row = await db.selectFrom('mail_account').select('id').where('owner_id', '=', ownerId).executeTakeFirst()
    return row?.id
  },

  /** Accounts of the organisation, in the order in which they were made. */
  async listShared(db: Queryable, page: { after: string | undefined; limit: number }): Promise<SharedMailboxRow[]> {
    const { rows } = await sql<SharedMailboxRow>`
      select mailbox.owner_id, account.id as mail_account_id, account.email, account.name, account.state,
        mailbox.created_at
      from mail_mailbox as mailbox join mail_account as account using (owner_id)
      where mailbox.lender_id is null and (${page.after ?? null}::uuid is null or owner_id > ${page.after ?? null}::uuid)
      order by owner_id limit ${page.limit}`.execute(db)
    return rows
  },

  async findShared(db: Queryable, ownerId: string): Promise<SharedMailboxRow | undefined> {
    const { rows } = await sql<SharedMailboxRow>`
      select mailbox.owner_id, account.id as mail_account_id, account.email, account.name, account.state,
        mailbox.created_at
      from mail_mailbox as mailbox join mail_account as account using (owner_id)
      where mailbox.lender_id is null and owner_id = ${ownerId}`.execute(db)
    return rows[0]
  },

  /** Somebody who can be given a role, by their id or their address. */
  async findPerson(db: Queryable, by: { id: string } | { email: string }): Promise<string | undefined> {
    const condition = 'id' in by ? sql`id = ${by.id}` : sql`lower(email) = ${by.email.toLowerCase()}`
    const { rows } = await sql<{ id: string }>`
      select id from principal where kind = 'person' and ${condition} order by last_seen_at desc limit 1`.execute(db)
    return rows[0]?.id
  },

  async grants(db: Queryable, ownerId: string): Promise<GrantRow[]> {
    const { rows } = await sql<GrantRow>`
      select ${grantColumns} from mail_grant as given where owner_id = ${ownerId} order by given.id`.execute(db)
    return rows
  },

  async grantTo(tx: Tx, ownerId: string, member: Member): Promise<GrantRow | undefined> {
    const { rows } = await sql<GrantRow>`
      select ${grantColumns} from mail_grant as given where owner_id = ${ownerId} and ${isOf(member)}`.execute(tx)
    return rows[0]
  },

  /** One that the member has already gets another role. */
  async give(tx: Tx, ownerId: string, grant: { id: string; member: Member; role: GrantedRole }): Promise<void> {
    const { id, member, role } = grant
    const personId = 'personId' in member ? member.personId : null
    const group = 'group' in member ? member.group : null
    await sql`insert into mail_grant (owner_id, id, member_id, group_name, role)
      values (${ownerId}, ${id}, ${personId}, ${group}, ${role})
      on conflict (owner_id, member_id, group_name) do update set role = excluded.role`.execute(tx)
  },

  async withdraw(tx: Tx, ownerId: string, grantId: string): Promise<void> {
    await sql`delete from mail_grant where owner_id = ${ownerId} and id = ${grantId}`.execute(tx)
  },

  /** What these were told of a mailbox is not theirs to read any more; the numbers of the events stay. */
  async takeBackEvents(tx: Tx, ownerId: string, readerIds: readonly string[], told: object): Promise<void> {
    await sql`update event set type = 'mail.access_changed', data = ${JSON.stringify(told)}::jsonb
      where owner_id = any(${[...readerIds]}::uuid[]) and origin_id = ${ownerId}`.execute(tx)
  },

  /** What somebody sent in mailboxes, and by calendars for others, stays, by nobody. */
  async forgetSender(db: Queryable, personId: string): Promise<void> {
    await sql`update event set data = data - 'sent_by'
      where (origin_id is not null or owner_id in (
          select owner_id from mail_mailbox union select owner_id from mail_outbox where sent_by = ${personId}
        )) and data ->> 'sent_by' = ${personId}`.execute(db)
    await sql`update mail_outbox set sent_by = null where sent_by = ${personId}`.execute(db)
  },

  /** Nobody may do anything there from now on. */
  async close(tx: Tx, ownerId: string): Promise<void> {
    await sql`delete from mail_mailbox where owner_id = ${ownerId}`.execute(tx)
  },
}

const isOf = (member: Member) =>
  'personId' in member ? sql`given.member_id = ${member.personId}` : sql`given.group_name = ${member.group}`
