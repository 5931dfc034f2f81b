import type { Database } from '#platform/database/database.ts'
import { type FailingJob, type JobCounts, jobQueueStore } from '#platform/jobs/job-queue-store.ts'
import { type Command, parseOptions, type Terminal, UsageError, wholeNumber } from './command.ts'
import { withDatabase } from './operator-database.ts'
import { oneLine, shortTime, tableLines } from './table.ts'

export const jobs: Command = {
  summary: 'show the queue of background jobs, run one now, free those of dead nodes',
  help: `ultid jobs list [--limit N] [--json]
ultid jobs retry ID
ultid jobs unlock

  list      how many jobs wait, by name, and the last failures, 20 unless --limit says otherwise
  retry     run a job that failed now, with all its attempts before it
  unlock    free the jobs that nodes took along when they died; nodes do so themselves within a minute

A job that has no attempt left ("exhausted") stays until it is retried. Nothing is lost with it: what is to be done is in
rows of its own, and a sweep enqueues a new job for it.

Examples:
  ultid jobs list
  ultid jobs list --json
  ultid jobs retry 4711`,

  async run(args, terminal) {
    const { values, positionals } = parseOptions({
      args,
      allowPositionals: true,
      options: { limit: { type: 'string' }, json: { type: 'boolean' } },
    })
    const [verb, id, ...rest] = positionals
    if (verb === 'list' && id === undefined) {
      const limit = wholeNumber('--limit', values.limit ?? '20', { min: 0, max: 1000 })
      return withDatabase(terminal, (database) => list(database, { terminal, limit, isJson: values.json === true }))
    }
    if (verb === 'retry' && id !== undefined && rest.length === 0) {
      if (!/^\d{1,18}$/.test(id)) throw new UsageError(`"${id}" is no id of a job; "ultid jobs list" shows them.`)
      return withDatabase(terminal, (database) => retry(database, id, terminal))
    }
    if (verb === 'unlock' && id === undefined) return withDatabase(terminal, (database) => unlock(database, terminal))
    throw new UsageError('Say what to do: ultid jobs list, ultid jobs retry ID, or ultid jobs unlock')
  },
}

async function list(
  database: Database,
  { terminal, limit, isJson }: { terminal: Terminal; limit: number; isJson: boolean },
): Promise<number> {
  const counts = await jobQueueStore.counts(database)
  const failing = await jobQueueStore.failing(database, limit)
  const lines = isJson
    ? [JSON.stringify({ jobs: counts, failing }, null, 2)]
    : [...countLines(counts), ...failingLines(failing)]
  for (const line of lines) terminal.print(line)
  return 0
}

function countLines(counts: readonly JobCounts[]): string[] {
  if (counts.length === 0) return ['the queue is empty']
  const rows = counts.map((one) => [one.job, ...[one.due, one.scheduled, one.running, one.exhausted].map(String)])
  return tableLines(['job', 'due', 'scheduled', 'running', 'exhausted'], rows)
}

function failingLines(failing: readonly FailingJob[]): string[] {
  if (failing.length === 0) return []
  const rows = failing.map((one) => [
    ...[one.id, one.job, `${one.attempts}/${one.max_attempts}`],
    ...[one.is_locked ? 'now' : shortTime(one.run_at), oneLine(one.last_error)],
  ])
  return ['', ...tableLines(['id', 'job', 'attempts', 'runs', 'last error'], rows)]
}

async function retry(database: Database, id: string, terminal: Terminal): Promise<number> {
  if (await jobQueueStore.runNow(database, id)) {
    terminal.print(`job ${id} is due now`)
    return 0
  }
  const isThere = await jobQueueStore.find(database, id)
  terminal.complain(
    isThere
      ? `Job ${id} runs right now; if its node died, run "ultid jobs unlock" first.`
      : `There is no job ${id}: it has ended well or was never there; see "ultid jobs list".`,
  )
  return 1
}

async function unlock(database: Database, terminal: Terminal): Promise<number> {
  const { jobs: count, workers } = await jobQueueStore.unlockDead(database)
  terminal.print(count === 0 ? 'no job is held by a dead node' : `freed ${count} jobs of ${workers} dead workers`)
  return 0
}
