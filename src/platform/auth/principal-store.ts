import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

export type Person = { id: string; email: string | null; displayName: string | null; username: string | null }
export type Identity = { issuer: string; subject: string; email?: string; displayName?: string; username?: string }

export type PrincipalStore = ReturnType<typeof createPrincipalStore>

export function createPrincipalStore(database: Database) {
  return {
    /** The person of this identity, made at the first sight; name and address follow the token. */
    async upsert(identity: Identity): Promise<Person> {
      const { issuer, subject, email = null, displayName = null, username = null } = identity
      return database
        .insertInto('principal')
        .values({ id: newId(), issuer, subject, email, display_name: displayName, username })
        .onConflict((conflict) =>
          conflict.columns(['issuer', 'subject']).doUpdateSet({
            email: sql`coalesce(excluded.email, principal.email)`,
            display_name: sql`coalesce(excluded.display_name, principal.display_name)`,
            username: sql`coalesce(excluded.username, principal.username)`,
            last_seen_at: sql`now()`,
          }),
        )
        .returning(['id', 'email', 'display_name as displayName', 'username'])
        .executeTakeFirstOrThrow()
    },
  }
}
