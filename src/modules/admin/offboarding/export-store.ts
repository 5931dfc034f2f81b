import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

export type ExportRow = {
  owner_id: string
  id: string
  state: 'pending' | 'running' | 'done' | 'failed'
  object: string | null
  size_bytes: number | null
  sha256: string | null
  report: Json | null
  error_code: string | null
  created_at: Date
  finished_at: Date | null
  expires_at: Date | null
}
export type ExportKey = { ownerId: string; id: string }

const columns = sql`owner_id, id, state, object, size_bytes, sha256, report, error_code, created_at, finished_at, expires_at`
const leaseSeconds = 120

export const exportStore = {
  async insert(tx: Tx, { ownerId, id }: ExportKey, requestedBy: string): Promise<ExportRow | undefined> {
    const { rows } = await sql<ExportRow>`
      insert into admin_export (owner_id, id, requested_by)
      select ${ownerId}, ${id}, ${requestedBy}
      where not exists (select from admin_export where owner_id = ${ownerId} and state in ('pending', 'running'))
      returning ${columns}`.execute(tx)
    return rows[0]
  },

  async list(
    db: Queryable,
    ownerId: string,
    page: { before: string | undefined; limit: number },
  ): Promise<ExportRow[]> {
    const { rows } = await sql<ExportRow>`
      select ${columns} from admin_export
      where owner_id = ${ownerId} and (${page.before ?? null}::uuid is null or id < ${page.before ?? null}::uuid)
      order by id desc limit ${page.limit}`.execute(db)
    return rows
  },

  async find(db: Queryable, { ownerId, id }: ExportKey): Promise<ExportRow | undefined> {
    const { rows } = await sql<ExportRow>`
      select ${columns} from admin_export where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** False while somebody else works at it, or when it is through. */
  async claim(db: Queryable, { ownerId, id }: ExportKey, leaseId: string): Promise<boolean> {
    const { rows } = await sql`
      update admin_export set state = 'running', lease_id = ${leaseId},
        leased_until = now() + make_interval(secs => ${leaseSeconds})
      where owner_id = ${ownerId} and id = ${id} and state in ('pending', 'running')
        and coalesce(leased_until < now(), true)
      returning id`.execute(db)
    return rows.length > 0
  },

  /** False once somebody else has it. */
  async renew(db: Queryable, { ownerId, id }: ExportKey, leaseId: string): Promise<boolean> {
    const { rows } = await sql`
      update admin_export set leased_until = now() + make_interval(secs => ${leaseSeconds})
      where owner_id = ${ownerId} and id = ${id} and lease_id = ${leaseId} and state = 'running' returning id`.execute(
      db,
    )
    return rows.length > 0
  },

  /** False when somebody else has it by now: what was made is to be thrown away. */
  async finish(
    db: Queryable,
    { ownerId, id }: ExportKey,
    leaseId: string,
    result: { object: string; size: number; sha256: string; report: Json } | { errorCode: string },
  ): Promise<boolean> {
    const made = 'object' in result ? result : undefined
    const { rows } = await sql`
      update admin_export set state = ${made ? 'done' : 'failed'}, object = ${made?.object ?? null},
        size_bytes = ${made?.size ?? null}, sha256 = ${made?.sha256 ?? null},
        report = ${made ? JSON.stringify(made.report) : null}::jsonb,
        error_code = ${'errorCode' in result ? result.errorCode : null}, finished_at = now(),
        expires_at = now() + interval '7 days', leased_until = null
      where owner_id = ${ownerId} and id = ${id} and lease_id = ${leaseId} and state = 'running' returning id`.execute(
      db,
    )
    return rows.length > 0
  },

  async lapsed(db: Queryable, limit: number): Promise<ExportKey[]> {
    const { rows } = await sql<ExportKey>`
      select owner_id as "ownerId", id from admin_export
      where state in ('pending', 'running') and coalesce(leased_until < now(), true)
        and created_at < now() - interval '1 minute' limit ${limit}`.execute(db)
    return rows
  },

  /** Its object is nobody's from then on, and collected. */
  removeExpired: (db: Queryable) => sql`delete from admin_export where expires_at < now()`.execute(db),

  async referenced(db: Queryable, objects: readonly string[]): Promise<Set<string>> {
    const { rows } = await sql<{ object: string }>`
      select object from admin_export where object = any(${[...objects]}::text[])`.execute(db)
    return new Set(rows.map(({ object }) => object))
  },

  /** Rows of a table as JSON, without these columns; up to `limit`. */
  async rowsOf(
    db: Queryable,
    table: string,
    ownerId: string,
    { without, limit }: { without: readonly string[]; limit: number },
  ): Promise<string[]> {
    const key = table === 'principal' ? sql.ref('id') : sql.ref('owner_id')
    const { rows } = await sql<{ row: string }>`
      select (to_jsonb(one) - ${[...without]}::text[])::text as row from ${sql.table(table)} as one
      where ${key} = ${ownerId} limit ${limit}`.execute(db)
    return rows.map(({ row }) => row)
  },
}
