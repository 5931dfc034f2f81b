import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

export type NodeRow = { id: string; host: string; roles: string[]; started_at: Date; seen_at: Date }

export const operationsStore = {
  async nodes(db: Queryable): Promise<NodeRow[]> {
    const { rows } = await sql<NodeRow>`
      select id, host, roles, started_at, seen_at from node order by started_at limit 1000`.execute(db)
    return rows
  },

  async database(db: Queryable): Promise<{ version: string; bytes: number }> {
    const { rows } = await sql<{ version: string; bytes: number }>`
      select current_setting('server_version') as version, pg_database_size(current_database()) as bytes`.execute(db)
    return rows[0] ?? { version: '', bytes: 0 }
  },

  /** The largest tables with their indexes, partitions added up. */
  async tables(db: Queryable, limit: number): Promise<{ name: string; bytes: number }[]> {
    const { rows } = await sql<{ name: string; bytes: number }>`
      select coalesce(parent.relname, class.relname) as name, sum(pg_total_relation_size(class.oid))::bigint as bytes
      from pg_class as class
      left join pg_inherits on inhrelid = class.oid left join pg_class as parent on parent.oid = inhparent
      where class.relkind = 'r' and class.relnamespace = 'public'::regnamespace
      group by 1 order by 2 desc limit ${limit}`.execute(db)
    return rows
  },
}
