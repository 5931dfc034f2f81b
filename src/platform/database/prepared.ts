import { CompiledQuery, type PostgresPool } from 'kysely'
import type { Queryable } from './database.ts'

const pools = new WeakMap<object, PostgresPool>()
const names = new Map<string, string>()

/** Connections on which the statements of this database are prepared. */
export function usePrepared(database: object, connections: PostgresPool): void {
  pools.set(database, connections)
}

/** The name under which a statement is prepared once a connection. For texts of few forms: each is kept for good. */
export function preparedName(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = `ulti_${names.size}`
  names.set(text, name)
  return name
}

type Named = { name: string; text: string; values: unknown[] }
/** Kysely knows of its clients only that they take a text. */
type Client = { query<Row>(query: Named): Promise<{ rows: Row[] }> }

/**
 * The rows of a query that is asked all the time, with `$1` and so on for its values: parsed and planned once a connection
 * instead of each time, which of partitioned tables costs more than to run it. PostgreSQL goes on planning it each time
 * where a plan for any value seems much dearer to it; a join by `cross join lateral (… limit 1)` does not. Within a
 * transaction it runs as any other.
 */
export async function prepared<Row>(db: Queryable, text: string, values: readonly unknown[]): Promise<Row[]> {
  const pool = pools.get(db)
  if (!pool) return (await db.executeQuery<Row>(CompiledQuery.raw(text, [...values]))).rows
  const client = await pool.connect()
  try {
    const named = { name: preparedName(text), text, values: [...values] }
    return (await (client as unknown as Client).query<Row>(named)).rows
  } finally {
    client.release()
  }
}
