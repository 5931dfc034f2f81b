import assert from 'node:assert/strict'
import { eventually } from '../../harness/eventually.ts'
import type { World } from '../world.ts'
import type { Evidence, Finding } from './finding.ts'

const patience = { timeoutMs: 30_000, everyMs: 200 }

async function lastSeqs({ database }: World, issuer: string): Promise<Map<string, number>> {
  const rows = await database
    .selectFrom('event_sequence as sequence')
    .innerJoin('principal', 'principal.id', 'sequence.owner_id')
    .select(['principal.subject', 'sequence.last_seq'])
    .where('principal.issuer', '=', issuer)
    .execute()
  return new Map(rows.map((row) => [row.subject ?? '', row.last_seq]))
}

/** Each follower, on however many connections, got every event of its owner once and in order. */
export async function auditEvents({ world, inhabitants, followers }: Evidence): Promise<Finding> {
  const last = await lastSeqs(world, world.issuer.url)
  const violations: string[] = []
  let connections = 0
  for (const [at, { name }] of inhabitants.entries()) {
    const expected = last.get(name) ?? 0
    for (const [kind, follower] of Object.entries(followers[at] ?? {})) {
      await eventually(() => assert.ok((follower.seqs().at(-1) ?? 0) >= expected), patience).catch(() => undefined)
      const seqs: number[] = follower.seqs()
      connections += follower.connections()
      const wrong = seqs.findIndex((seq, index) => seq !== index + 1)
      if (wrong >= 0) violations.push(`${kind} of ${name}: after ${seqs[wrong - 1] ?? 0} came ${seqs[wrong]}`)
      else if (seqs.length < expected) violations.push(`${kind} of ${name}: ${seqs.length} of ${expected} came`)
    }
  }
  const events = [...last.values()].reduce((sum, seq) => sum + seq, 0)
  return {
    promise: 'No live event is missing or comes twice',
    seen: `${events} events to ${followers.length * 2} clients over ${connections} connections`,
    violations,
  }
}

/** What a webhook takes was delivered at least once, each delivery always under one id. */
export async function auditWebhooks({ world, webhookId }: Evidence): Promise<Finding> {
  const rows = await world.database
    .selectFrom('webhook_delivery')
    .select(['id', 'state', 'seq', 'event_type'])
    .where('endpoint_id', '=', webhookId)
    .execute()
  const got = new Set(world.webhooks.received.map(({ id }) => id))
  const events = await world.database
    .selectFrom('event')
    .innerJoin('webhook_endpoint as endpoint', 'endpoint.owner_id', 'event.owner_id')
    .select('event.seq')
    .where('endpoint.id', '=', webhookId)
    .where('event.type', '=', 'mail.message_created')
    .whereRef('event.created_at', '>', 'endpoint.created_at')
    .execute()
  const lined = new Set(rows.map(({ seq }) => seq))
  return {
    promise: 'Every event that a webhook takes is delivered',
    seen: `${rows.length} deliveries in ${world.webhooks.received.length} requests`,
    violations: [
      ...rows
        .filter(({ id, state }) => state !== 'delivered' || !got.has(id))
        .map(({ id, state }) => `${id} is ${state}`),
      ...events.filter(({ seq }) => !lined.has(seq)).map(({ seq }) => `event ${seq} was never put in line`),
    ],
  }
}
