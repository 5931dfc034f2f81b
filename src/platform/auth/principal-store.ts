import { sql } from 'kysely'
import type { Database, Queryable } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

/** `tokensValidFrom`: access tokens issued before it are refused. */
export type Person = {
  id: string
  email: string | null
  displayName: string | null
  username: string | null
  groups: string[]
  tokensValidFrom: Date | null
  suspendedAt: Date | null
}

/** What a token says about its subject. `groups` count only when no newer token said otherwise. */
export type Identity = {
  issuer: string
  subject: string
  email?: string
  displayName?: string
  username?: string
  groups?: readonly string[]
  issuedAt: Date
}

export type PrincipalStore = ReturnType<typeof createPrincipalStore>

const personColumns = [
  'id',
  'email',
  sql<string | null>`coalesce(principal.chosen_name, principal.display_name)`.as('displayName'),
  'username',
  'groups',
  'tokens_valid_from as tokensValidFrom',
  'suspended_at as suspendedAt',
] as const

export function createPrincipalStore(database: Database) {
  return {
    /** The person of this identity, made at the first sight; name, address and groups follow the token. */
    async upsert(identity: Identity): Promise<Person> {
      const { issuer, subject, email = null, displayName = null, username = null, groups, issuedAt } = identity
      const isNewer = sql<boolean>`excluded.groups_at >= coalesce(principal.groups_at, '-infinity')`
      return database
        .insertInto('principal')
        .values({
          ...{ id: newId(), issuer, subject, email, display_name: displayName, username },
          groups: [...(groups ?? [])],
          groups_at: groups ? issuedAt : null,
        })
        .onConflict((conflict) =>
          conflict.columns(['issuer', 'subject']).doUpdateSet({
            email: sql`coalesce(excluded.email, principal.email)`,
            display_name: sql`coalesce(excluded.display_name, principal.display_name)`,
            username: sql`coalesce(excluded.username, principal.username)`,
            groups: sql`case when ${isNewer} then excluded.groups else principal.groups end`,
            groups_at: sql`case when ${isNewer} then excluded.groups_at else principal.groups_at end`,
            last_seen_at: sql`now()`,
            is_provisioned: false,
          }),
        )
        .returning(personColumns)
        .executeTakeFirstOrThrow()
    },

    findBySubject: (issuer: string, subject: string): Promise<{ id: string } | undefined> =>
      database
        .selectFrom('principal')
        .select('id')
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .executeTakeFirst(),

    /** From now on every access token that was issued before is refused. */
    async refuseOlderTokens(db: Queryable, personId: string): Promise<void> {
      await db.updateTable('principal').set({ tokens_valid_from: sql`now()` }).where('id', '=', personId).execute()
    },
  }
}
