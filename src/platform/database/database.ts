import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import type { DB } from './generated.ts'

export type Database = Kysely<DB>
export type Tx = Transaction<DB>
/** What a store needs: the database itself or a transaction of it. */
export type Queryable = Database | Tx
/**
 * Runs `work` in one transaction; what it registered with `onCommit` runs after the commit, never otherwise. After a
 * deadlock it runs `work` again, so `work` touches nothing but its transaction.
 */
export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

// Counts, UIDs and sequence numbers fit a double exactly (all below 2^53); MODSEQ is numeric and stays a string.
const types = new pg.TypeOverrides()
types.setTypeParser(20, Number)

/**
 * One pool for everything of this process. A connection that dies idle is replaced without a word; a query on it fails
 * and its caller tries again or answers 503.
 */
export function createDatabase(options: { url: string; poolSize: number; onError: (error: Error) => void }) {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    types,
    application_name: 'ultid',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
  })
  pool.on('error', options.onError)
  pool.on('connect', (client) => client.on('error', options.onError))
  const database: Database = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  return { pool, database, transact: createTransact(database), close: () => database.destroy() }
}

const commitHooks = new WeakMap<object, Array<() => void>>()

/** Runs `hook` once `tx` is committed. For wake-ups only: a crash in between loses it. */
export function onCommit(tx: Tx, hook: () => void): void {
  const hooks = commitHooks.get(tx)
  if (!hooks) throw new Error('onCommit needs a transaction that transact() began')
  hooks.push(hook)
}

function createTransact(database: Database): Transact {
  return async (work) => {
    for (let attempt = 1; ; attempt++) {
      const hooks: Array<() => void> = []
      try {
        const result = await database.transaction().execute((tx) => {
          commitHooks.set(tx, hooks)
          return work(tx)
        })
        for (const hook of hooks) hook()
        return result
      } catch (error) {
        if (attempt === maxAttempts || !retryable.has((error as { code?: string }).code ?? '')) throw error
      }
    }
  }
}

const maxAttempts = 4
// serialization_failure, deadlock_detected: PostgreSQL rolled everything back and asks to try again.
const retryable = new Set(['40001', '40P01'])
