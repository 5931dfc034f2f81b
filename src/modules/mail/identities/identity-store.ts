import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Mailbox } from '../outbox/compose.ts'

export type IdentityRow = {
  id: string
  mail_account_id: string
  name: string
  email: string
  reply_to: Mailbox[]
  signature_text: string
  signature_html: string
  is_default: boolean
  created_at: Date
  updated_at: Date
}

export type IdentityContent = Pick<IdentityRow, 'name' | 'email' | 'reply_to' | 'signature_text' | 'signature_html'>

const columns = sql`id, mail_account_id, name, email, reply_to, signature_text, signature_html, is_default, created_at,
  updated_at`

export const identityStore = {
  async find(db: Queryable, ownerId: string, id: string): Promise<IdentityRow | undefined> {
    const { rows } = await sql<IdentityRow>`
      select ${columns} from mail_identity where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** That identity if the account has it, else the account's default. Undefined when the account is not the owner's. */
  async ofAccount(
    db: Queryable,
    ownerId: string,
    mailAccountId: string,
    identityId: string | null,
  ): Promise<IdentityRow | undefined> {
    const { rows } = await sql<IdentityRow>`
      select ${columns} from mail_identity where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}
      order by id is not distinct from ${identityId}::uuid desc, is_default desc, id limit 1`.execute(db)
    return rows[0]
  },

  /** The one of that address, else of the account of that address, else a default one; undefined without an account. */
  async forAddress(
    db: Queryable,
    ownerIds: readonly string[],
    email: string,
  ): Promise<(IdentityRow & { owner_id: string }) | undefined> {
    const { rows } = await sql<IdentityRow & { owner_id: string }>`
      select owner_id, ${columns} from mail_identity as identity where owner_id = any(${[...ownerIds]}::uuid[])
      order by lower(email) = lower(${email}) desc, exists (
          select 1 from mail_account as account
          where account.owner_id = identity.owner_id and account.id = identity.mail_account_id
            and lower(account.email) = lower(${email})
        ) desc, is_default desc, id limit 1`.execute(db)
    return rows[0]
  },

  async list(
    db: Queryable,
    ownerId: string,
    page: { mailAccountId: string | undefined; after: string | undefined; limit: number },
  ): Promise<IdentityRow[]> {
    const ofAccount = page.mailAccountId === undefined ? sql`` : sql`and mail_account_id = ${page.mailAccountId}`
    const beyond = page.after === undefined ? sql`` : sql`and id > ${page.after}::uuid`
    const { rows } = await sql<IdentityRow>`
      select ${columns} from mail_identity where owner_id = ${ownerId} ${ofAccount} ${beyond}
      order by id limit ${page.limit}`.execute(db)
    return rows
  },

  /** All addresses that are the owner's own, in lower case. */
  async addresses(db: Queryable, ownerId: string): Promise<Set<string>> {
    const { rows } = await sql<{ email: string }>`
      select lower(email) as email from mail_identity where owner_id = ${ownerId}
      union select lower(email) from mail_account where owner_id = ${ownerId}`.execute(db)
    return new Set(rows.map(({ email }) => email))
  },

  /** Whoever changes which one is the default does so alone. False when the account is not the owner's. */
  async lockAccount(tx: Tx, ownerId: string, mailAccountId: string): Promise<boolean> {
    const { rows } = await sql`select from mail_account where owner_id = ${ownerId} and id = ${mailAccountId}
      for no key update`.execute(tx)
    return rows.length === 1
  },

  async insert(
    tx: Tx,
    ownerId: string,
    identity: IdentityContent & { id: string; mail_account_id: string },
  ): Promise<void> {
    await sql`insert into mail_identity (owner_id, id, mail_account_id, name, email, reply_to, signature_text,
        signature_html)
      values (${ownerId}, ${identity.id}, ${identity.mail_account_id}, ${identity.name}, ${identity.email},
        ${JSON.stringify(identity.reply_to)}::jsonb, ${identity.signature_text}, ${identity.signature_html})`.execute(
      tx,
    )
  },

  update: (tx: Tx, ownerId: string, id: string, identity: IdentityContent) =>
    sql`update mail_identity set name = ${identity.name}, email = ${identity.email},
        reply_to = ${JSON.stringify(identity.reply_to)}::jsonb, signature_text = ${identity.signature_text},
        signature_html = ${identity.signature_html}, updated_at = now()
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  async makeDefault(tx: Tx, ownerId: string, { id, mail_account_id }: Pick<IdentityRow, 'id' | 'mail_account_id'>) {
    await sql`update mail_identity set is_default = false
      where owner_id = ${ownerId} and mail_account_id = ${mail_account_id} and is_default and id <> ${id}`.execute(tx)
    await sql`update mail_identity set is_default = true where owner_id = ${ownerId} and id = ${id}`.execute(tx)
  },

  delete: (tx: Tx, ownerId: string, id: string) =>
    tx.deleteFrom('mail_identity').where('owner_id', '=', ownerId).where('id', '=', id).execute(),
}
