import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'

const heartbeatSeconds = 10
const deadAfterSeconds = 60

/**
 * This process among the others. It beats every ten seconds; whoever finds a node silent for a minute unlocks that
 * node's jobs, which graphile-worker would keep locked for four hours.
 */
export async function joinNodes(deps: { id: string; database: Database; log: Logger; roles: readonly string[] }) {
  const { id, database, log } = deps
  let workerIds: readonly string[] = []
  await database
    .insertInto('node')
    .values({ id, host: hostname(), roles: [...deps.roles] })
    .execute()
  const beat = async () => {
    // Inserted again when another node took this one for dead, as after a laptop's sleep.
    await sql`insert into node (id, host, roles, worker_ids) values (${id}, ${hostname()}, ${[...deps.roles]}, ${[...workerIds]})
      on conflict (id) do update set seen_at = now(), worker_ids = excluded.worker_ids`.execute(database)
    await unlockDead(database, log)
  }
  const timer = setInterval(() => {
    beat().catch((error) => log.warn({ err: error }, 'heartbeat failed'))
  }, heartbeatSeconds * 1000)
  return {
    /** Names the workers whose jobs are to be unlocked when this node dies. */
    announceWorkers: async (ids: readonly string[]) => {
      workerIds = ids
      await beat()
    },
    async leave() {
      clearInterval(timer)
      await database.deleteFrom('node').where('id', '=', id).execute()
    },
  }
}

async function unlockDead(database: Database, log: Logger): Promise<void> {
  const { rows } = await sql<{ id: string; worker_ids: string[] }>`
    delete from node where seen_at < now() - make_interval(secs => ${deadAfterSeconds}) returning id, worker_ids`.execute(
    database,
  )
  const dead = rows.flatMap((row) => row.worker_ids)
  if (rows.length > 0) log.warn({ nodes: rows.map((row) => row.id) }, 'nodes fell silent; their jobs are unlocked')
  if (dead.length > 0) await sql`select graphile_worker.force_unlock_workers(${dead}::text[])`.execute(database)
}
