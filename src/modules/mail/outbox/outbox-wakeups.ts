import type { Queryable } from '#platform/database/database.ts'
import { enqueue, jobName } from '#platform/jobs/jobs.ts'
import type { OutboxRef } from './transmission-store.ts'

export const transmitJob = jobName<OutboxRef>('mail.outbox_transmit')
export const fileSentJob = jobName<OutboxRef>('mail.outbox_file_sent')

export const enqueueTransmission = (tx: Queryable, { ownerId, id }: OutboxRef, runAt?: Date) =>
  enqueue(tx, transmitJob, { ownerId, id }, { key: `${transmitJob.name}:${id}`, ...(runAt && { runAt }) })

export const enqueueSentCopy = (tx: Queryable, { ownerId, id }: OutboxRef) =>
  enqueue(tx, fileSentJob, { ownerId, id }, { key: `${fileSentJob.name}:${id}` })
