import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Limits, QuotaKind } from './quota.ts'

type Row = { id: string; groups: string[]; own: Limits }

export const quotaStore = {
  /** What is said of these people alone, and their groups by the newest word of the sign-in service. */
  async of(db: Queryable, personIds: readonly string[]): Promise<Row[]> {
    const { rows } = await sql<Row>`
      select principal.id, principal.groups,
        coalesce(jsonb_object_agg(quota.kind, quota.bytes) filter (where quota.kind is not null), '{}') as own
      from principal left join admin_quota as quota on quota.owner_id = principal.id
      where principal.id = any(${[...personIds]}::uuid[])
      group by principal.id, principal.groups`.execute(db)
    return rows
  },

  /** Undefined takes the word back. */
  async put(tx: Tx, personId: string, kind: QuotaKind, bytes: number | null | undefined): Promise<void> {
    if (bytes === undefined) {
      await tx.deleteFrom('admin_quota').where('owner_id', '=', personId).where('kind', '=', kind).execute()
      return
    }
    await sql`insert into admin_quota (owner_id, kind, bytes) values (${personId}, ${kind}, ${bytes})
      on conflict (owner_id, kind) do update set bytes = excluded.bytes, updated_at = now()`.execute(tx)
  },
}
