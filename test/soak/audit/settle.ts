import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { eventually } from '../../harness/eventually.ts'
import type { Evidence, Finding } from './finding.ts'

const patience = { timeoutMs: 120_000, everyMs: 1000 }

type Open = { what: string; count: number }

/** Lets time pass for all that waits for its next attempt, until nothing does. */
export async function settle({ world }: Evidence): Promise<Finding> {
  const { database } = world
  const began = Date.now()
  await world.postfix.drained()
  const violations = await eventually(async () => {
    await sql`update mail_outbox set next_attempt_at = now() where claimed_by is null and next_attempt_at > now()`.execute(
      database,
    )
    await sql`update webhook_delivery set next_attempt_at = now() where next_attempt_at > now() and claim_id is null`.execute(
      database,
    )
    await sql`update mail_remote_op set next_attempt_at = now() where next_attempt_at > now()`.execute(database)
    const { rows } = await sql<Open>`
      select 'outbox' as what, count(*)::int as count from mail_outbox
        where state not in ('sent', 'failed', 'unknown')
          or (state = 'sent' and sent_copy_state not in ('done', 'skipped'))
      union all select 'changes at mail servers', count(*)::int from mail_remote_op where state <> 'failed'
      union all select 'webhooks', count(*)::int from webhook_delivery where state = 'pending'
      union all select 'bodies', count(*)::int from mail_message where body_state in ('pending', 'attempted')`.execute(
      database,
    )
    assert.deepEqual(
      rows.filter(({ count }) => count > 0),
      [],
    )
    return []
  }, patience).catch((error) => [`Still open: ${JSON.stringify(error.actual ?? String(error))}`])
  const seen = `all was done ${((Date.now() - began) / 1000).toFixed(0)} s after the last fault`
  return { promise: 'All that was begun comes to an end', seen, violations }
}
