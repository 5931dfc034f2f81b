import { sql } from 'kysely'
import type { Queryable } from './database.ts'

/** The time by the clock that stamps rows: what they are compared with is to be read from it, too. */
export async function databaseTime(db: Queryable): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  return rows[0]?.now ?? new Date(0)
}
