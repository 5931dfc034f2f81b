import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { type AccountRow, accountColumns, type Endpoint } from '../accounts/account-store.ts'

export type OAuthAccount = { id: string; email: string; name: string; provider: string; imap: Endpoint; smtp: Endpoint }

/** The accounts that are signed in to by OAuth. */
export const oauthAccountStore = {
  /** False when the owner has that mailbox already. */
  async insert(tx: Tx, ownerId: string, account: OAuthAccount): Promise<boolean> {
    const { id, email, name, provider, imap, smtp } = account
    const { rows } = await sql`
      with added as (
        insert into mail_account (owner_id, id, email, name, imap, smtp, oauth_provider)
        values (${ownerId}, ${id}, ${email}, ${name}, ${JSON.stringify(imap)}::jsonb, ${JSON.stringify(smtp)}::jsonb,
          ${provider})
        on conflict do nothing
        returning owner_id, id
      )
      insert into mail_lease (owner_id, mail_account_id) select owner_id, id from added
      returning mail_account_id`.execute(tx)
    return rows.length === 1
  },

  /**
   * Signed in to by OAuth from now on and to be synced at once, unless it is paused; its passwords are forgotten.
   * Undefined when it is gone.
   */
  async setSignedIn(tx: Tx, ownerId: string, account: OAuthAccount): Promise<AccountRow | undefined> {
    const { id, provider, imap, smtp } = account
    const { rows } = await sql<AccountRow>`
      update mail_account set oauth_provider = ${provider}, imap_secret = null, smtp_secret = null,
        imap = ${JSON.stringify(imap)}::jsonb, smtp = ${JSON.stringify(smtp)}::jsonb,
        state = case state when 'paused' then state else 'connecting' end, error_code = null, error_message = null, throttled_until = null, updated_at = now()
      where owner_id = ${ownerId} and id = ${id}
      returning ${accountColumns}`.execute(tx)
    return rows[0]
  },

  /** Undefined unless its grant was refused and nobody knows yet. */
  async setNeedsReauthentication(
    tx: Tx,
    ownerId: string,
    id: string,
    fault: { code: string; message: string },
  ): Promise<AccountRow | undefined> {
    const { rows } = await sql<AccountRow>`
      update mail_account set state = 'needs_reauthentication', error_code = ${fault.code},
        error_message = ${fault.message}, updated_at = now()
      where owner_id = ${ownerId} and id = ${id} and state not in ('needs_reauthentication', 'paused')
        and exists (select from mail_oauth_grant
          where owner_id = ${ownerId} and mail_account_id = ${id} and refused_at is not null)
      returning ${accountColumns}`.execute(tx)
    return rows[0]
  },

  async find(db: Queryable, ownerId: string, id: string): Promise<{ email: string; imap: Endpoint } | undefined> {
    const row = await db
      .selectFrom('mail_account')
      .select(['email', 'imap'])
      .where('owner_id', '=', ownerId)
      .where('id', '=', id)
      .executeTakeFirst()
    return row && { email: row.email, imap: row.imap as Endpoint }
  },
}
