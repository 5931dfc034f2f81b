import { sql } from 'kysely'
import type { Transact, Tx } from './database.ts'

/**
 * Runs `work` in a transaction of which no statement takes longer than that; undefined when one would. For what is asked
 * while somebody waits and may be more than anybody would wait for.
 */
export async function withinTime<T>(
  transact: Transact,
  milliseconds: number,
  work: (tx: Tx) => Promise<T>,
): Promise<T | undefined> {
  const timeout = String(Math.max(1, Math.round(milliseconds)))
  try {
    return await transact(async (tx) => {
      // What is searched often is in memory, where the planner's default takes every row for a seek of a disk.
      await sql`select set_config('statement_timeout', ${timeout}, true),
        set_config('random_page_cost', '1.1', true)`.execute(tx)
      return work(tx)
    })
  } catch (error) {
    // query_canceled
    if ((error as { code?: string }).code === '57014') return undefined
    throw error
  }
}
