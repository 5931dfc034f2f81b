import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

/** `credentialId` is null for an access token. */
export type HeldCredential = { ownerId: string; credentialId: string | null }

export const credentialStore = {
  /** Those that still let their holder in: nobody has ended the session or token, or suspended the person. */
  async inForce(db: Queryable, held: readonly HeldCredential[]): Promise<HeldCredential[]> {
    const [owners, ids] = [held.map(({ ownerId }) => ownerId), held.map(({ credentialId }) => credentialId)]
    const { rows } = await sql<HeldCredential>`
      select held.owner_id as "ownerId", held.id as "credentialId"
      from unnest(${owners}::uuid[], ${ids}::uuid[]) as held (owner_id, id)
      join principal on principal.id = held.owner_id and principal.suspended_at is null
      where held.id is null
        or exists (select from session where session.owner_id = held.owner_id and session.id = held.id)
        or exists (select from personal_token as token where token.owner_id = held.owner_id and token.id = held.id)
    `.execute(db)
    return rows
  },
}
