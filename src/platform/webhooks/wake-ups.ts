import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import { enqueue, jobName } from '#platform/jobs/jobs.ts'
import type { EndpointKey } from './endpoint-store.ts'

export const fanOutJob = jobName<{ ownerId: string }>('webhooks.fan_out')
export const deliverJob = jobName<EndpointKey>('webhooks.deliver')

/** Wakes who makes deliveries of the owner's events; part of the transaction that wrote them. */
export async function followEvents(tx: Tx, ownerId: string): Promise<void> {
  // One job for each owner however many events come before it runs.
  await sql`select graphile_worker.add_job(${fanOutJob.name}, ${JSON.stringify({ ownerId })}::json,
      job_key => ${`${fanOutJob.name}:${ownerId}`}::text, max_attempts => 5)
    from (select from webhook_endpoint where owner_id = ${ownerId} and state = 'active' limit 1) as one`.execute(tx)
}

export const enqueueFanOut = (tx: Queryable, ownerId: string) =>
  enqueue(tx, fanOutJob, { ownerId }, { key: `${fanOutJob.name}:${ownerId}` })

/** Wakes who sends to an endpoint; `retry` of one delivery, at its time. */
export const enqueueDelivery = (
  tx: Queryable,
  { ownerId, id }: EndpointKey,
  retry?: { id: string; inSeconds: number },
) =>
  enqueue(
    tx,
    deliverJob,
    { ownerId, id },
    retry
      ? { key: `${deliverJob.name}:${retry.id}`, runAt: new Date(Date.now() + retry.inSeconds * 1000) }
      : { key: `${deliverJob.name}:${id}` },
  )
