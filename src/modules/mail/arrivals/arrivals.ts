import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Events } from '#platform/events/events.ts'
import { handleJob, type JobHandler, type Sweep } from '#platform/jobs/jobs.ts'
import type { Logger } from '#platform/observability/log.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import { type ArrivalQueue, type ArrivalRow, arrivalStore } from './arrival-store.ts'
import { arrivalsJob, enqueueArrivals } from './note-arrivals.ts'

/** A message that arrived, not one that was found in an old mailbox. */
export type Arrival = ArrivalRow & { ownerId: string }

/** What an arrival leads to. Its events are appended last. */
export type ArrivalOutcome = (tx: Tx) => Promise<readonly MailEvent[]>

/** Somebody who looks at each new message once. */
export type ArrivalConsumer = {
  /** Of `mail_arrival_interest`: messages are noted for it only while the owner's interest stands there. */
  readonly name: string
  /**
   * Finds out what is to be done, outside of any transaction: it may ask servers, may be repeated, and must change
   * nothing but what a repetition leaves as it is. What it answers runs in the transaction that forgets the arrival, and so takes effect once; undefined for
   * nothing to do. When either throws, the arrival is looked at again later.
   */
  consider(arrival: Arrival): Promise<ArrivalOutcome | undefined>
}

export type ArrivalDeps = { database: Database; transact: Transact; events: Events; log: Logger }

const perSweep = 1000
/** After that many failures, most of an hour apart, a message is not looked at again. */
const maxAttempts = 24
const retryDelaySeconds = (attempts: number): number => Math.min(30 * 2 ** attempts, 3600)

/** New mail, handed to each who waits for it: once, oldest first, across crashes and nodes. */
export function arrivalJobs(
  deps: ArrivalDeps,
  consumers: readonly ArrivalConsumer[],
): { handlers: JobHandler[]; sweeps: Sweep[] } {
  const byName = new Map(consumers.map((consumer) => [consumer.name, consumer]))
  return {
    handlers: [
      handleJob(arrivalsJob, async (queue) => {
        const consumer = byName.get(queue.consumer)
        if (consumer) await work(deps, queue, consumer)
      }),
    ],
    sweeps: [
      {
        name: 'mail.arrivals_due',
        everySeconds: 10,
        async run() {
          for (const queue of await arrivalStore.due(deps.database, perSweep)) {
            await deps.transact((tx) => enqueueArrivals(tx, queue))
          }
        },
      },
    ],
  }
}

async function work(deps: ArrivalDeps, queue: ArrivalQueue, consumer: ArrivalConsumer): Promise<void> {
  for (;;) {
    const row = await arrivalStore.next(deps.database, queue)
    if (!row) break
    await seeTo(deps, queue, consumer, row).catch((error) => postpone(deps, queue, row, error))
  }
  await arrivalStore.forgetDeleted(deps.database, queue)
}

async function seeTo(deps: ArrivalDeps, queue: ArrivalQueue, consumer: ArrivalConsumer, row: ArrivalRow) {
  const { transact, events } = deps
  const { ownerId } = queue
  const outcome = await consumer.consider({ ...row, ownerId })
  await transact(async (tx) => {
    if (!(await arrivalStore.forget(tx, queue, row.message_id))) return
    if (outcome) await appendMailEvents(events, tx, ownerId, await outcome(tx))
  })
}

async function postpone({ database, transact, log }: ArrivalDeps, queue: ArrivalQueue, row: ArrivalRow, err: unknown) {
  const { message_id: messageId, attempts } = row
  const context = { consumer: queue.consumer, messageId, attempts, err }
  if (attempts + 1 < maxAttempts) {
    log.warn(context, 'an arrival could not be seen to yet')
    return void (await arrivalStore.postpone(database, queue, messageId, retryDelaySeconds(attempts)))
  }
  log.error(context, 'an arrival was given up')
  await transact((tx) => arrivalStore.forget(tx, queue, messageId))
}
