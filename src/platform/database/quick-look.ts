import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

/** Runs `look` in a transaction that reads only and in which PostgreSQL ends a statement after two seconds. */
export const quickLook = <T>(database: Database, look: (tx: Tx) => Promise<T>): Promise<T> =>
  database
    .transaction()
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`set local statement_timeout = 2000`.execute(tx)
      return look(tx)
    })
