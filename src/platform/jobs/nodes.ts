import { hostname } from 'node:os'
import { sql } from 'kysely'
import type { Database } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'

const deadAfterSeconds = 60

/**
 * This process among the others. It beats every ten seconds; whoever finds a node silent for a minute unlocks that
 * node's jobs, which graphile-worker would keep locked for four hours.
 */
export async function joinNodes(deps: {
  id: string
  database: Database
  log: Logger
  roles: readonly string[]
  heartbeatMs?: number
}) {
  const { id, database, log, heartbeatMs = 10_000 } = deps
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
  let beating = Promise.resolve()
  const beatNext = () => {
    const done = beating.then(beat)
    beating = done.catch((error) => log.warn({ err: error }, 'heartbeat failed'))
    return done
  }
  const timer = setInterval(() => void beatNext().catch(() => undefined), heartbeatMs)
  return {
    /** Names the workers whose jobs are to be unlocked when this node dies. */
    announceWorkers: async (ids: readonly string[]) => {
      workerIds = ids
      await beatNext()
    },
    async leave() {
      clearInterval(timer)
      // A beat under way would write the row again.
      await beating
      await database.deleteFrom('node').where('id', '=', id).execute()
    },
  }
}

async function unlockDead(database: Database, log: Logger): Promise<void> {
  const nodes = await database.transaction().execute(async (tx) => {
    const { rows } = await sql<{ id: string; worker_ids: string[] }>`
      delete from node where id in (
        select id from node where seen_at < now() - make_interval(secs => ${deadAfterSeconds}) for update skip locked
      ) returning id, worker_ids`.execute(tx)
    const dead = rows.flatMap((row) => row.worker_ids)
    // In the same transaction: a node forgotten with its jobs still locked would keep them locked for hours.
    if (dead.length > 0) await sql`select graphile_worker.force_unlock_workers(${dead}::text[])`.execute(tx)
    return rows.map((row) => row.id)
  })
  if (nodes.length > 0) log.warn({ nodes }, 'nodes fell silent; their jobs are unlocked')
}
