import { sql } from 'kysely'
import type { Database, Tx } from '#platform/database/database.ts'

export type ReindexStep = { owner_id: string; source: string; position: string | null }
export type ReindexProgress = { owners: number; done: number; rows: number }

export const reindexStore = {
  /** All owners that there are, or one of them, from the beginning. */
  async begin(database: Database, sources: readonly string[], ownerId: string | undefined): Promise<void> {
    await sql`insert into search_reindex (owner_id, source)
      select id, source from principal cross join unnest(${sources}::text[]) as source
      where ${ownerId === undefined ? sql`true` : sql`id = ${ownerId}`}
      on conflict (owner_id, source) do update set position = null, is_done = false, row_count = 0, updated_at = now()`.execute(
      database,
    )
  },

  /** A step that nobody else is at; undefined when none is left to take. */
  async take(tx: Tx, sources: readonly string[], ownerId: string | undefined): Promise<ReindexStep | undefined> {
    const { rows } = await sql<ReindexStep>`
      select owner_id, source, position from search_reindex
      where not is_done and source = any(${sources}::text[])
        and ${ownerId === undefined ? sql`true` : sql`owner_id = ${ownerId}`}
      order by source, owner_id limit 1 for update skip locked`.execute(tx)
    return rows[0]
  },

  async move(tx: Tx, step: ReindexStep, { next, rows }: { next: string | null; rows: number }): Promise<void> {
    await sql`update search_reindex set position = ${next}, is_done = ${next === null},
        row_count = row_count + ${rows}, updated_at = now()
      where owner_id = ${step.owner_id} and source = ${step.source}`.execute(tx)
  },

  async progress(database: Database, ownerId: string | undefined): Promise<ReindexProgress> {
    const { rows } = await sql<ReindexProgress>`
      select count(*) as owners, count(*) filter (where is_done) as done, coalesce(sum(row_count), 0)::bigint as rows
      from search_reindex where ${ownerId === undefined ? sql`true` : sql`owner_id = ${ownerId}`}`.execute(database)
    return rows[0] ?? { owners: 0, done: 0, rows: 0 }
  },
}
