import type { Queryable } from '#platform/database/database.ts'
import { enqueue, jobName } from '#platform/jobs/jobs.ts'
import type { OutboxAccount } from './transmission-store.ts'

export const transmitJob = jobName<OutboxAccount>('mail.outbox_transmit')
export const fileJob = jobName<OutboxAccount>('mail.outbox_file')

/**
 * Wakes whoever transmits for an account: now, or for one message at its time. Jobs of one key become one at the time of
 * the later call, so what is for later has a key of its own.
 */
export const enqueueTransmission = (
  tx: Queryable,
  { ownerId, mailAccountId }: OutboxAccount,
  later?: { id: string; runAt: Date },
) => {
  const options = { key: `${transmitJob.name}:${later?.id ?? mailAccountId}`, ...(later && { runAt: later.runAt }) }
  return enqueue(tx, transmitJob, { ownerId, mailAccountId }, options)
}

/** Wakes whoever puts copies into Sent and notices into the inbox of an account. */
export const enqueueFiling = (tx: Queryable, { ownerId, mailAccountId }: OutboxAccount) =>
  enqueue(tx, fileJob, { ownerId, mailAccountId }, { key: `${fileJob.name}:${mailAccountId}` })
