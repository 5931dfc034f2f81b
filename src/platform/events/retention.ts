import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'

const batchSize = 5000

/**
 * Forgets events that are older than `keepHours`. Of each owner only the oldest go, up to the first that is young
 * enough: what is left has no gap, so that a client that resumes either gets everything or hears `resync`.
 */
export function eventRetention(database: Database, { keepHours = 7 * 24 } = {}): Sweep {
  return {
    name: 'event-retention',
    everySeconds: 600,
    async run() {
      const cutoff = new Date(Date.now() - keepHours * 3_600_000)
      for (const ownerId of await ownersWithEventsBefore(database, cutoff)) {
        while ((await forgetSome(database, ownerId, cutoff)) === batchSize);
      }
    },
  }
}

async function ownersWithEventsBefore(database: Database, cutoff: Date): Promise<string[]> {
  const owners = await database
    .selectFrom('event')
    .select('owner_id')
    .distinct()
    .where('created_at', '<', cutoff)
    .execute()
  return owners.map((row) => row.owner_id)
}

/** The oldest first: a sweep that ends half-way leaves no gap either. */
async function forgetSome(database: Database, ownerId: string, cutoff: Date): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from event where owner_id = ${ownerId} and seq in (
      select seq from event
      where owner_id = ${ownerId} and seq < coalesce(
        (select min(seq) from event where owner_id = ${ownerId} and created_at >= ${cutoff}), 9223372036854775807)
      order by seq limit ${batchSize})`.execute(database)
  return Number(numAffectedRows)
}
