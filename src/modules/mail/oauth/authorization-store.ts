import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'

export type Authorization = {
  provider: string
  email: string
  name: string
  mailAccountId: string | null
  returnTo: string
}

export const authorizationStore = {
  /** Keeps what was begun, and forgets what the owner began and left. */
  async insert(
    db: Database,
    ownerId: string,
    started: Authorization & { stateHash: Buffer; codeChallenge: string; lifetimeSeconds: number },
  ): Promise<Date> {
    const { rows } = await sql<{ expires_at: Date }>`
      with expired as (
        delete from mail_oauth_authorization where owner_id = ${ownerId} and expires_at <= now()
      )
      insert into mail_oauth_authorization
        (owner_id, state_hash, code_challenge, provider, email, name, mail_account_id, return_to, expires_at)
      values (${ownerId}, ${started.stateHash}, ${started.codeChallenge}, ${started.provider}, ${started.email},
        ${started.name}, ${started.mailAccountId}, ${started.returnTo},
        now() + make_interval(secs => ${started.lifetimeSeconds}))
      returning expires_at`.execute(db)
    return rows[0]?.expires_at ?? new Date(0)
  },

  /** Of several who take it one gets it; undefined when it is not there, too old, or begun in another browser. */
  async take(
    db: Database,
    ownerId: string,
    stateHash: Buffer,
    codeChallenge: string,
  ): Promise<Authorization | undefined> {
    const { rows } = await sql<Authorization & { isValid: boolean }>`
      delete from mail_oauth_authorization
      where owner_id = ${ownerId} and state_hash = ${stateHash} and code_challenge = ${codeChallenge}
      returning provider, email, name, mail_account_id as "mailAccountId", return_to as "returnTo",
        expires_at > now() as "isValid"`.execute(db)
    return rows[0]?.isValid ? rows[0] : undefined
  },
}
