import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export const personCredentialsStore = {
  /** How many of each kind people have. */
  async count(
    db: Queryable,
    ownerIds: readonly string[],
  ): Promise<{ owner_id: string; sessions: number; devices: number; personal_tokens: number }[]> {
    const { rows } = await sql<{ owner_id: string; sessions: number; devices: number; personal_tokens: number }>`
      select owner.id as owner_id,
        (select count(*) from session where owner_id = owner.id and expires_at > now()) as sessions,
        (select count(*) from device_password where owner_id = owner.id) as devices,
        (select count(*) from personal_token where owner_id = owner.id) as personal_tokens
      from unnest(${[...ownerIds]}::uuid[]) as owner (id)`.execute(db)
    return rows
  },
}
