import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'

export type OutsideSystem = 'authentik' | 'nextcloud'
export type OutsideWord = { system: OutsideSystem; is_active: boolean; version: string; attempts: number }
export type OutsideState = { owner_id: string; system: OutsideSystem; is_heard: boolean; error_code: string | null }

export const outsideAccessStore = {
  /** The newest word for each system, due at once. */
  async note(tx: Tx, ownerId: string, systems: readonly OutsideSystem[], isActive: boolean): Promise<void> {
    await sql`
      insert into admin_outside_access (owner_id, system, is_active, version)
      select ${ownerId}, given.system, ${isActive}, given.version
      from unnest(${[...systems]}::text[], ${systems.map(() => newId())}::uuid[]) as given (system, version)
      on conflict (owner_id, system) do update set is_active = excluded.is_active, version = excluded.version,
        attempts = 0, next_attempt_at = now(), error_code = null, updated_at = now()`.execute(tx)
  },

  /** What is due of one person; nobody else tells it within the next minute. */
  async claim(db: Queryable, ownerId: string): Promise<OutsideWord[]> {
    const { rows } = await sql<OutsideWord>`
      update admin_outside_access set next_attempt_at = now() + interval '1 minute', attempts = attempts + 1
      where owner_id = ${ownerId} and next_attempt_at <= now()
      returning system, is_active, version, attempts`.execute(db)
    return rows
  },

  async settle(
    db: Queryable,
    ownerId: string,
    { version }: OutsideWord,
    outcome: { errorCode: string | null; retryInSeconds: number | null },
  ): Promise<void> {
    await sql`
      update admin_outside_access set error_code = ${outcome.errorCode}, updated_at = now(),
        next_attempt_at = now() + make_interval(secs => ${outcome.retryInSeconds})
      where owner_id = ${ownerId} and version = ${version}`.execute(db)
  },

  async dueOwners(db: Queryable, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select distinct owner_id from admin_outside_access where next_attempt_at <= now() limit ${limit}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  async states(db: Queryable, ownerIds: readonly string[]): Promise<OutsideState[]> {
    const { rows } = await sql<OutsideState>`
      select owner_id, system, next_attempt_at is null as is_heard, error_code from admin_outside_access
      where owner_id = any(${[...ownerIds]}::uuid[]) order by system`.execute(db)
    return rows
  },
}
