import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { EndpointKey, EndpointState } from './endpoint-store.ts'

/** A delivery in the hands of one process, until its claim lapses. */
export type ClaimedDelivery = {
  id: string
  claimId: string
  seq: number | null
  event_type: string
  order_key: string
  body: string
  attempts: number
  failures: number
}

/** An endpoint as a node sees it that sends to it. */
export type Receiver = {
  module: string
  url: string
  state: EndpointState
  failing_since: Date | null
  is_held: boolean
}

export type Attempt = {
  number: number
  url: string
  startedAt: Date
  answeredMs: number | null
  durationMs: number
  status: number | null
  error: string | null
  answer: string | null
}

/** What a delivery becomes; `retryInSeconds` while it is pending. */
export type NewState = { state: 'delivered' | 'dead' } | { state: 'pending'; retryInSeconds: number }

export const transmissionStore = {
  /** Held until the end of the transaction. */
  async lock(tx: Tx, { ownerId, id }: EndpointKey): Promise<Receiver | undefined> {
    const { rows } = await sql<Receiver>`
      select module, url, state, failing_since, held_until > now() as is_held
      from webhook_endpoint where owner_id = ${ownerId} and id = ${id} for update`.execute(tx)
    return rows[0]
  },

  /** How many deliveries of an endpoint are under way, on all nodes. */
  async countClaimed(tx: Tx, { ownerId, id }: EndpointKey): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from webhook_delivery
      where owner_id = ${ownerId} and endpoint_id = ${id} and state = 'pending' and claim_id is not null
        and next_attempt_at > now() and next_attempt_at < 'infinity'`.execute(tx)
    return rows[0]?.count ?? 0
  },

  /** Takes deliveries that are due, the longest due first. `isTestOnly` of an endpoint that is stopped or held. */
  async claim(
    tx: Tx,
    { ownerId, id }: EndpointKey,
    claim: { claimId: string; seconds: number; limit: number; isTestOnly: boolean },
  ): Promise<ClaimedDelivery[]> {
    const { rows } = await sql<ClaimedDelivery>`
      with due as (
        select id from webhook_delivery
        where owner_id = ${ownerId} and endpoint_id = ${id} and state = 'pending' and next_attempt_at <= now()
          and (seq is null or not ${claim.isTestOnly})
        order by next_attempt_at, seq limit ${claim.limit}
      )
      update webhook_delivery as delivery set claim_id = ${claim.claimId}, attempts = attempts + 1,
        next_attempt_at = now() + make_interval(secs => ${claim.seconds})
      from due where delivery.owner_id = ${ownerId} and delivery.id = due.id
      returning delivery.id, claim_id as "claimId", seq, event_type, order_key, body, attempts, failures`.execute(tx)
    return rows
  },

  /** False when the claim is somebody else's by now, or the delivery is gone. */
  async settle(tx: Tx, ownerId: string, delivery: ClaimedDelivery, to: NewState, attempt: Attempt): Promise<boolean> {
    const retryInSeconds = to.state === 'pending' ? to.retryInSeconds : null
    const { numAffectedRows } = await sql`
      update webhook_delivery set state = ${to.state}, claim_id = null,
        failures = failures + ${to.state === 'delivered' ? 0 : 1},
        next_attempt_at = now() + make_interval(secs => coalesce(${retryInSeconds}::float8, 0)),
        finished_at = case when ${to.state} <> 'pending' then now() end,
        last_status = ${attempt.status}, last_error = ${attempt.error}
      where owner_id = ${ownerId} and id = ${delivery.id} and claim_id = ${delivery.claimId}`.execute(tx)
    if (numAffectedRows === 0n) return false
    await sql`
      insert into webhook_attempt (owner_id, delivery_id, number, url, started_at, answered_ms, duration_ms, status,
        error, answer)
      values (${ownerId}, ${delivery.id}, ${attempt.number}, ${attempt.url}, ${attempt.startedAt}, ${attempt.answeredMs},
        ${attempt.durationMs}, ${attempt.status}, ${attempt.error}, ${attempt.answer})
      on conflict do nothing`.execute(tx)
    return true
  },

  /** Hands back what was not sent, or whose answer is not waited for. */
  release: (db: Queryable, ownerId: string, delivery: ClaimedDelivery, inSeconds: number) =>
    sql`update webhook_delivery set claim_id = null, attempts = attempts - 1,
        next_attempt_at = now() + make_interval(secs => ${inSeconds})
      where owner_id = ${ownerId} and id = ${delivery.id} and claim_id = ${delivery.claimId}`.execute(db),

  /** Since when nothing succeeded, and until when the receiver wants to hear nothing. */
  noteHealth: (
    tx: Tx,
    { ownerId, id }: EndpointKey,
    { isFailing, holdSeconds }: { isFailing: boolean; holdSeconds: number },
  ) =>
    sql`update webhook_endpoint set
        failing_since = case when ${isFailing} then coalesce(failing_since, now()) end,
        held_until = greatest(held_until, now() + make_interval(secs => ${holdSeconds}::float8))
      where owner_id = ${ownerId} and id = ${id}
        and (${isFailing} <> (failing_since is not null) or ${holdSeconds}::float8 > 0)`.execute(tx),

  /** Endpoints with something to send now: of all owners. */
  async due(db: Queryable, limit: number): Promise<EndpointKey[]> {
    const { rows } = await sql<EndpointKey>`
      select distinct delivery.owner_id as "ownerId", delivery.endpoint_id as id
      from webhook_delivery as delivery
      join webhook_endpoint as endpoint
        on endpoint.owner_id = delivery.owner_id and endpoint.id = delivery.endpoint_id
      where delivery.state = 'pending' and delivery.next_attempt_at <= now()
        and (delivery.seq is null or (endpoint.state = 'active' and endpoint.held_until <= now()))
      limit ${limit}`.execute(db)
    return rows
  },
}
