import type { Tx } from '#platform/database/database.ts'
import { enqueue, jobName } from '#platform/jobs/jobs.ts'
import { type ArrivalQueue, type ArrivedMessages, arrivalStore } from './arrival-store.ts'

export const arrivalsJob = jobName<ArrivalQueue>('mail.arrivals')

/** A consumer that waits for bodies sees to a message without one after this time. */
const bodyPatienceSeconds = 600

export const enqueueArrivals = (tx: Tx, { ownerId, consumer }: ArrivalQueue) =>
  enqueue(tx, arrivalsJob, { ownerId, consumer }, { key: `${arrivalsJob.name}:${ownerId}:${consumer}` })

/** Part of the transaction that stores new messages: they are noted if and only if they are stored. */
export async function noteArrivals(tx: Tx, arrived: ArrivedMessages): Promise<void> {
  if (arrived.messageIds.length === 0) return
  for (const queue of await arrivalStore.note(tx, arrived, bodyPatienceSeconds)) await enqueueArrivals(tx, queue)
}

/** Part of the transaction that stores bodies, or gives them up: who waited for them need wait no longer. */
export async function noteBodies(tx: Tx, ownerId: string, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return
  for (const queue of await arrivalStore.bodiesStored(tx, ownerId, messageIds)) await enqueueArrivals(tx, queue)
}
