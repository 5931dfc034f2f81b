import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { followEvents } from '../../src/platform/webhooks/wake-ups.ts'
import { startInstallation } from '../fixtures/installation.ts'
import { eventually } from '../harness/eventually.ts'
import type { Ultid } from '../harness/processes.ts'
import { startWebhookReceiver } from '../harness/webhook-receiver.ts'

const messages = ['one', 'two', 'three']
const perMessage = 8

/** After how many requests a node dies, and whether the receiver has answered the last of them by then. */
const deaths = [
  { afterRequests: 4, isAnswered: false },
  { afterRequests: 12, isAnswered: true },
]

suite('kill -9 of ultid while it sends webhooks', async () => {
  const installation = await startInstallation()
  const hook = await startWebhookReceiver()
  after(async () => {
    await installation.close()
    await hook.close()
  })
  const { database } = installation

  /** What a transaction of a module leaves behind: events and, with them, the wake-up of who follows them. */
  const happen = (ownerId: string, seq: number, message: string) =>
    database.transaction().execute(async (tx) => {
      await sql`insert into event_sequence (owner_id, last_seq) values (${ownerId}, ${seq})
        on conflict (owner_id) do update set last_seq = excluded.last_seq`.execute(tx)
      const data = { mail_account_id: ownerId, message_id: message, is_read: true, is_starred: false, n: seq }
      await sql`insert into event (owner_id, seq, type, data)
        values (${ownerId}, ${seq}, 'mail.message_updated', ${JSON.stringify(data)}::jsonb)`.execute(tx)
      await followEvents(tx, ownerId)
    })
  /** Now the claims of the dead have lapsed, and their jobs are free. */
  const release = async () => {
    await sql`update webhook_delivery set next_attempt_at = now() where claim_id is not null`.execute(database)
    await sql`select graphile_worker.force_unlock_workers(array_agg(distinct locked_by))
      from graphile_worker.jobs where locked_by is not null having count(*) > 0`.execute(database)
  }

  test('every event comes at least once with one id, and never in the wrong order for its message', async () => {
    let node: Ultid = await installation.node({ roles: ['api', 'jobs'] })
    const body = { url: hook.url, event_types: ['mail.message_updated'] }
    await installation.person('alice', node).call(201, 'POST', '/api/v1/mail/webhooks', { body })
    const { id: ownerId } = await database.selectFrom('principal').select('id').executeTakeFirstOrThrow()

    const killed: Promise<unknown>[] = []
    let death = deaths[0]
    hook.answer = () => {
      if (!death || hook.received.length < death.afterRequests) return {}
      const { isAnswered } = death
      death = undefined
      killed.push(node.kill('SIGKILL'))
      return isAnswered ? {} : { delayMs: 60_000 }
    }
    for (let n = 1; n <= messages.length * perMessage; n++) {
      await happen(ownerId, n, messages[n % messages.length] ?? '')
    }
    for (const [at] of deaths.entries()) {
      await eventually(() => assert.equal(killed.length, at + 1, `death ${at} did not come`))
      await killed[at]
      await release()
      death = deaths[at + 1]
      node = await installation.node({ roles: ['jobs'] })
    }
    await eventually(async () => {
      const { rows } = await sql<{ open: number }>`
        select count(*) filter (where state <> 'delivered') + ${messages.length * perMessage} - count(*) as open
        from webhook_delivery`.execute(database)
      assert.equal(rows[0]?.open, 0)
    })

    for (const message of messages) {
      const got = hook.received.filter(({ data }) => data.message_id === message)
      const numbers = got.map(({ data }) => data.n as number)
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
        message,
      )
      assert.equal(new Set(numbers).size, perMessage, message)
      for (const n of new Set(numbers)) {
        assert.equal(new Set(got.filter(({ data }) => data.n === n).map(({ id }) => id)).size, 1, `${message} ${n}`)
      }
    }
    assert.ok(hook.received.length > messages.length * perMessage, 'what had no answer came again')
  })
})
