import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'

/**
 * Tokens as ciphertext; `isFresh` while the access token is good for another minute, by the database's clock.
 * `isTold` when the account waits for its person, or for the end of its pause, already.
 */
export type GrantRow = {
  provider: string
  refreshToken: string
  accessToken: string
  isFresh: boolean
  isRefused: boolean
  isTold: boolean
}

export type SealedTokens = { accessToken: string; refreshToken: string; expiresInSeconds: number }

const columns = sql`account.oauth_provider as provider, refresh_token as "refreshToken", access_token as "accessToken",
  expires_at > clock_timestamp() + interval '60 seconds' as "isFresh", refused_at is not null as "isRefused",
  account.state in ('needs_reauthentication', 'paused') as "isTold"`

const joined = (ownerId: string, mailAccountId: string) => sql`
  from mail_oauth_grant as held
  join mail_account as account on account.owner_id = held.owner_id and account.id = held.mail_account_id
  where held.owner_id = ${ownerId} and held.mail_account_id = ${mailAccountId}`

export const grantStore = {
  async find(db: Queryable, ownerId: string, mailAccountId: string): Promise<GrantRow | undefined> {
    const { rows } = await sql<GrantRow>`select ${columns} ${joined(ownerId, mailAccountId)}`.execute(db)
    return rows[0]
  },

  /** The same, and nobody else refreshes it until the transaction ends. */
  async lock(tx: Tx, ownerId: string, mailAccountId: string): Promise<GrantRow | undefined> {
    const { rows } = await sql<GrantRow>`
      select ${columns} ${joined(ownerId, mailAccountId)} for update of held`.execute(tx)
    return rows[0]
  },

  /** Makes the grant of an account, or puts another in its place. The lifetime counts from the transaction's start. */
  put: (tx: Tx, ownerId: string, mailAccountId: string, tokens: SealedTokens) =>
    sql`
      insert into mail_oauth_grant (owner_id, mail_account_id, refresh_token, access_token, expires_at)
      values (${ownerId}, ${mailAccountId}, ${tokens.refreshToken}, ${tokens.accessToken},
        now() + make_interval(secs => ${tokens.expiresInSeconds}))
      on conflict (owner_id, mail_account_id) do update set refresh_token = excluded.refresh_token,
        access_token = excluded.access_token, expires_at = excluded.expires_at, refused_at = null`.execute(tx),

  markRefused: (tx: Tx, ownerId: string, mailAccountId: string) =>
    sql`update mail_oauth_grant set refused_at = now()
      where owner_id = ${ownerId} and mail_account_id = ${mailAccountId}`.execute(tx),
}
