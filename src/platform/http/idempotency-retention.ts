import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'

const batchSize = 5000

/** Forgets the answers to idempotency keys after `keepDays`: a repetition that late counts as a new request. */
export function idempotencyRetention(database: Database, { keepDays = 7 } = {}): Sweep {
  return {
    name: 'idempotency-retention',
    everySeconds: 3600,
    async run() {
      const cutoff = new Date(Date.now() - keepDays * 86_400_000)
      while ((await forgetSome(database, cutoff)) === batchSize);
    },
  }
}

async function forgetSome(database: Database, cutoff: Date): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from idempotency_key where (owner_id, scope, key) in (
      select owner_id, scope, key from idempotency_key where created_at < ${cutoff} order by created_at limit ${batchSize})`.execute(
    database,
  )
  return Number(numAffectedRows)
}
