import { Kysely, PostgresDialect, type PostgresPool, type Transaction } from 'kysely'
import pg from 'pg'
import { noTracing, type Tracing } from '#platform/observability/tracing.ts'
import { nameBrokenSockets } from './broken-sockets.ts'
import type { DB } from './generated.ts'
import { databaseAway, isConnectionLost, isSocketBroken } from './outage.ts'
import { usePrepared } from './prepared.ts'
import { traceQueries } from './query-spans.ts'

export type Database = Kysely<DB>
export type Tx = Transaction<DB>
/** What a store needs: the database itself or a transaction of it. */
export type Queryable = Database | Tx
/**
 * Runs `work` in one transaction; what it registered with `onCommit` runs after the commit, never otherwise. After a
 * deadlock it runs `work` again, so `work` touches nothing but its transaction. A connection that turns out to be dead
 * before `work` began is replaced by another.
 */
export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

// Counts, UIDs and sequence numbers fit a double exactly (all below 2^53); MODSEQ is numeric and stays a string.
const types = new pg.TypeOverrides()
types.setTypeParser(20, Number)

/**
 * One pool for everything of this process. A connection that dies idle is replaced; while none can be had, queries
 * throw AppError `unavailable`. `onError` hears of lost connections and of commit hooks that threw.
 */
export function createDatabase(options: {
  url: string
  poolSize: number
  onError: (error: Error) => void
  tracing?: Tracing
}) {
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
  nameBrokenSockets(pool)
  traceQueries(pool, options.tracing ?? noTracing)
  const connections: PostgresPool = {
    connect: () =>
      pool.connect().catch((error) => {
        throw databaseAway(error)
      }),
    end: () => pool.end(),
    options: pool.options,
    Client: pg.Client,
  }
  const database: Database = new Kysely<DB>({ dialect: new PostgresDialect({ pool: connections }) })
  usePrepared(database, connections)
  return { pool, database, transact: createTransact(database, options.onError), close: () => database.destroy() }
}

const commitHooks = new WeakMap<object, Array<() => void>>()

/** Runs `hook` once `tx` is committed. For wake-ups only: a crash in between loses it. */
export function onCommit(tx: Tx, hook: () => void): void {
  const hooks = commitHooks.get(tx)
  if (!hooks) throw new Error('onCommit needs a transaction that transact() began')
  hooks.push(hook)
}

function createTransact(database: Database, onHookError: (error: Error) => void): Transact {
  return async (work) => {
    for (let attempt = 1; ; attempt++) {
      const hooks: Array<() => void> = []
      let hasBegun = false
      try {
        const result = await database.transaction().execute((tx) => {
          hasBegun = true
          commitHooks.set(tx, hooks)
          return work(tx)
        })
        runHooks(hooks, onHookError)
        return result
      } catch (error) {
        const isRetryable = hasBegun
          ? retryable.has((error as { code?: string }).code ?? '')
          : isConnectionLost(error) || isSocketBroken(error)
        if (attempt === maxAttempts || !isRetryable) throw error
      }
    }
  }
}

/** What is committed is committed: a hook that throws must not make it look undone. */
function runHooks(hooks: ReadonlyArray<() => void>, onError: (error: Error) => void): void {
  for (const hook of hooks) {
    try {
      hook()
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

const maxAttempts = 4
// serialization_failure, deadlock_detected: PostgreSQL rolled everything back and asks to try again.
const retryable = new Set(['40001', '40P01'])
