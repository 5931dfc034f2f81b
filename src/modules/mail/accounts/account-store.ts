import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

/** How a server is reached, without the password. */
export type Endpoint = { host: string; port: number; security: 'tls' | 'starttls' | 'none'; username: string }

export type AccountRow = {
  id: string
  email: string
  name: string
  imap: Endpoint
  smtp: Endpoint
  oauth_provider: string | null
  state: string
  error_code: string | null
  error_message: string | null
  backfill_done: number
  backfill_total: number
  last_synced_at: Date | null
  created_at: Date
}

export type NewAccount = {
  id: string
  email: string
  name: string
  imap: Endpoint
  smtp: Endpoint
  imapSecret: string
  smtpSecret: string
}

/** What an account shows. */
export const accountColumns = sql`id, email, name, imap, smtp, oauth_provider, state, error_code, error_message,
  backfill_done, backfill_total, last_synced_at, created_at`

export const accountStore = {
  /** Undefined when the owner has that mailbox already: the unique index decides, so no race is lost. */
  async insert(tx: Tx, ownerId: string, account: NewAccount): Promise<AccountRow | undefined> {
    const { id, email, name, imap, smtp, imapSecret, smtpSecret } = account
    const { rows } = await sql<AccountRow>`
      with added as (
        insert into mail_account (owner_id, id, email, name, imap, smtp, imap_secret, smtp_secret)
        values (${ownerId}, ${id}, ${email}, ${name}, ${JSON.stringify(imap)}::jsonb, ${JSON.stringify(smtp)}::jsonb,
          ${imapSecret}, ${smtpSecret})
        on conflict do nothing
        returning owner_id, ${accountColumns}
      ), lease as (
        insert into mail_lease (owner_id, mail_account_id) select owner_id, id from added
      )
      select ${accountColumns} from added`.execute(tx)
    return rows[0]
  },

  async list(
    db: Queryable,
    ownerId: string,
    page: { after: string | undefined; limit: number },
  ): Promise<AccountRow[]> {
    const { rows } = await sql<AccountRow>`
      select ${accountColumns} from mail_account
      where owner_id = ${ownerId} and (${page.after ?? null}::uuid is null or id > ${page.after ?? null}::uuid)
      order by id limit ${page.limit}`.execute(db)
    return rows
  },

  /** Of several owners, with whose each is. */
  async listOf(
    db: Queryable,
    ownerIds: readonly string[],
    page: { after: string | undefined; limit: number },
  ): Promise<(AccountRow & { owner_id: string })[]> {
    const { rows } = await sql<AccountRow & { owner_id: string }>`
      select owner_id, ${accountColumns} from mail_account
      where owner_id = any(${[...ownerIds]}::uuid[])
        and (${page.after ?? null}::uuid is null or id > ${page.after ?? null}::uuid)
      order by id limit ${page.limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<AccountRow | undefined> {
    const { rows } = await sql<AccountRow>`
      select ${accountColumns} from mail_account where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** The only read of what the key ring has sealed. */
  findSealed: (db: Queryable, ownerId: string, id: string) =>
    db
      .selectFrom('mail_account')
      .select(['imap', 'smtp', 'imap_secret', 'smtp_secret', 'oauth_provider'])
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst(),
}
