import { EventEmitter } from 'node:events'
import { type Runner, run, type TaskList, Logger as WorkerLogger } from 'graphile-worker'
import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Queryable } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import { createPersistentPool } from './persistent-pool.ts'

/** The name of a job and, for the compiler, what it carries. */
export type JobName<Payload> = { readonly name: string; readonly payload?: Payload }
export const jobName = <Payload>(name: string): JobName<Payload> => ({ name })

export type JobHandler = { readonly name: string; readonly run: (payload: unknown) => Promise<void> }

/** Joins a job's name to what it does. A job is a wake-up: it must be right when it runs twice or late. */
export const handleJob = <Payload>(job: JobName<Payload>, work: (payload: Payload) => Promise<void>): JobHandler => ({
  name: job.name,
  run: (payload) => work(payload as Payload),
})

/**
 * Puts a job into the queue with the transaction `tx`: it exists if and only if the data does.
 * Two jobs of one `key` become one, run at the time of the later call.
 */
export async function enqueue<Payload>(
  tx: Queryable,
  job: JobName<Payload>,
  payload: Payload,
  options: { key?: string; runAt?: Date } = {},
): Promise<void> {
  const { key = null, runAt = null } = options
  await sql`select graphile_worker.add_job(${job.name}, ${JSON.stringify(payload)}::json,
    run_at => ${runAt}::timestamptz, job_key => ${key}::text, max_attempts => 5)`.execute(tx)
}

/** Something done every so often on each node with the role `jobs`; safe to be done by several at once. */
export type Sweep = { readonly name: string; readonly everySeconds: number; readonly run: () => Promise<void> }

export type JobWatch = (job: string, run: () => Promise<void>) => Promise<void>

export type JobsOptions = {
  pool: Pool
  log: Logger
  handlers: readonly JobHandler[]
  sweeps: readonly Sweep[]
  concurrency: number
  /** Sees every run of a job; answers and throws as the run does. */
  watch: JobWatch
}

/** Runs background jobs and sweeps until stopped. `workerIds` are what to unlock should this process die. */
export async function startJobs(options: JobsOptions) {
  const workerIds: string[] = []
  const events = new EventEmitter()
  events.on('worker:create', ({ worker }: { worker: { workerId: string } }) => workerIds.push(worker.workerId))
  const { pool, settled } = createPersistentPool(options.pool)
  const runner: Runner = await run({
    pgPool: pool,
    taskList: taskListOf(options),
    concurrency: options.concurrency,
    noHandleSignals: true,
    pollInterval: 2000,
    events: events as never,
    logger: new WorkerLogger(() => (level, message) => options.log.debug({ worker: true, level }, message)),
  })
  // An unexpected end of the runner is reported by the readiness check, not as an unhandled rejection.
  let isRunning = true
  runner.promise.then(
    () => (isRunning = false),
    () => (isRunning = false),
  )
  const timers = options.sweeps.map((sweep) => startSweep(sweep, options.log))
  return {
    workerIds,
    async check() {
      if (!isRunning) throw new Error('the job runner has stopped')
    },
    /** Waits for running jobs, and until their ends are written down; graphile-worker hands unfinished ones back. */
    async stop() {
      await Promise.all(timers.map((timer) => timer.stop()))
      if (isRunning) await runner.stop()
      await settled()
    },
  }
}

function taskListOf({ handlers, log, watch }: JobsOptions): TaskList {
  return Object.fromEntries(
    handlers.map((handler) => [
      handler.name,
      async (payload: unknown) => {
        try {
          await watch(handler.name, () => handler.run(payload))
        } catch (error) {
          log.error({ job: handler.name, err: error }, 'job failed')
          throw error
        }
      },
    ]),
  )
}

function startSweep(sweep: Sweep, log: Logger) {
  let running: Promise<void> | undefined
  const tick = () => {
    running ??= sweep
      .run()
      .catch((error) => log.warn({ sweep: sweep.name, err: error }, 'sweep failed'))
      .finally(() => {
        running = undefined
      })
  }
  const timer = setInterval(tick, sweep.everySeconds * 1000)
  tick()
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
