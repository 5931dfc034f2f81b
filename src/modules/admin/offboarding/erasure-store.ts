import { sql } from 'kysely'
import type { Database, Queryable, Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

export type ErasureRow = {
  owner_id: string
  requested_by: string
  starts_at: Date
  attempts: number
  error_code: string | null
  report: Json
  created_at: Date
}

const columns = sql`owner_id, requested_by, starts_at, attempts, error_code, report, created_at`
/** What stays: who did what is needed after somebody has gone, and so is the erasure itself until it is through. */
const kept = ['audit_entry', 'audit_head', 'admin_erasure']
const rowsAtOnce = 2000
/** In tables of shares, memberships and the directory. */
const mentioning = ['person_id', 'shared_owner_id', 'member_id', 'actor_id']

export const erasureStore = {
  /** Undefined when one is planned already. */
  async plan(tx: Tx, ownerId: string, requestedBy: string, startsAt: Date): Promise<ErasureRow | undefined> {
    const { rows } = await sql<ErasureRow>`
      insert into admin_erasure (owner_id, requested_by, starts_at) values (${ownerId}, ${requestedBy}, ${startsAt})
      on conflict do nothing returning ${columns}`.execute(tx)
    return rows[0]
  },

  async find(db: Queryable, ownerId: string): Promise<ErasureRow | undefined> {
    const { rows } = await sql<ErasureRow>`
      select ${columns} from admin_erasure where owner_id = ${ownerId}`.execute(db)
    return rows[0]
  },

  /** False once it has begun. */
  async cancel(tx: Tx, ownerId: string): Promise<boolean> {
    const { rows } = await sql`
      delete from admin_erasure where owner_id = ${ownerId} and attempts = 0 and leased_until is null
      returning owner_id`.execute(tx)
    return rows.length > 0
  },

  async claim(db: Queryable, ownerId: string): Promise<ErasureRow | undefined> {
    const { rows } = await sql<ErasureRow>`
      update admin_erasure set leased_until = now() + interval '10 minutes', attempts = attempts + 1
      where owner_id = ${ownerId} and starts_at <= now() and coalesce(leased_until < now(), true)
      returning ${columns}`.execute(db)
    return rows[0]
  },

  async fail(db: Queryable, ownerId: string, errorCode: string): Promise<void> {
    await sql`update admin_erasure set error_code = ${errorCode}, leased_until = null,
      starts_at = now() + least(interval '1 hour', interval '1 minute' * attempts) where owner_id = ${ownerId}`.execute(
      db,
    )
  },

  async note(db: Queryable, ownerId: string, report: Json): Promise<void> {
    await sql`update admin_erasure set report = report || ${JSON.stringify(report)}::jsonb,
      leased_until = now() + interval '10 minutes' where owner_id = ${ownerId}`.execute(db)
  },

  async due(db: Queryable, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select owner_id from admin_erasure where starts_at <= now() and coalesce(leased_until < now(), true)
      limit ${limit}`.execute(db)
    return rows.map(({ owner_id }) => owner_id)
  },

  /** Every table with rows of owners, whichever module made it. */
  async tables(db: Queryable): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select class.relname as name from pg_class as class
      join pg_attribute as owner on owner.attrelid = class.oid and owner.attname = 'owner_id'
      where class.relkind in ('r', 'p') and not class.relispartition and class.relnamespace = 'public'::regnamespace
        and class.relname <> all(${kept}) order by 1`.execute(db)
    return rows.map(({ name }) => name)
  },

  /** Columns by which rows of others name a person. */
  async mentions(db: Queryable): Promise<{ table: string; column: string }[]> {
    const { rows } = await sql<{ table: string; column: string }>`
      select class.relname as table, named.attname as column from pg_class as class
      join pg_attribute as named on named.attrelid = class.oid and named.attname = any(${mentioning})
      where class.relkind in ('r', 'p') and not class.relispartition and class.relnamespace = 'public'::regnamespace
        and class.relname <> all(${kept}) order by 1`.execute(db)
    return rows
  },

  async deleteMentions(db: Database, { table, column }: { table: string; column: string }, personId: string) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where ${sql.ref(column)} = ${personId}`.execute(db)
    return Number(numAffectedRows)
  },

  /** What somebody had asked for stays, by nobody. */
  async forgetRequester(db: Database, personId: string): Promise<void> {
    for (const table of ['admin_export', 'admin_transfer']) {
      await sql`update ${sql.table(table)} set requested_by = '00000000-0000-0000-0000-000000000000'
        where requested_by = ${personId}`.execute(db)
    }
  },

  /** Some rows of the owner, each batch a transaction of its own. @returns how many. */
  async deleteRows(db: Database, table: string, ownerId: string): Promise<number> {
    // All rows of an owner lie in one partition, so that no other can have a row of the same place.
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where owner_id = ${ownerId} and ctid = any(array(
        select ctid from ${sql.table(table)} where owner_id = ${ownerId} limit ${rowsAtOnce}))`.execute(db)
    return Number(numAffectedRows)
  },

  /** Jobs that wait with the person's id. */
  async deleteJobs(db: Queryable, ownerId: string): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from graphile_worker._private_jobs
      where locked_at is null and payload::text like ${`%${ownerId}%`}`.execute(db)
    return Number(numAffectedRows)
  },

  deletePrincipal: (db: Database, id: string) => sql`delete from principal where id = ${id}`.execute(db),

  /** The person themselves, and what was left of the erasure. */
  async deletePerson(tx: Tx, ownerId: string): Promise<void> {
    await sql`delete from admin_erasure where owner_id = ${ownerId}`.execute(tx)
    await sql`delete from principal where id = ${ownerId}`.execute(tx)
  },

  /** The report of an erasure that is through. */
  async report(db: Queryable, personId: string): Promise<{ at: Date; details: Json } | undefined> {
    const { rows } = await sql<{ at: Date; details: Json }>`
      select at, details from audit_entry
      where owner_id = ${personId} and action = 'admin.person_erased' order by id desc limit 1`.execute(db)
    return rows[0]
  },
}
