import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { arrivalInterestStore } from '../../src/modules/mail/arrivals/arrival-store.ts'
import { type Arrival, type ArrivalConsumer, arrivalJobs } from '../../src/modules/mail/arrivals/arrivals.ts'
import { createDatabase } from '../../src/platform/database/database.ts'
import { createEvents } from '../../src/platform/events/events.ts'
import { createLog } from '../../src/platform/observability/log.ts'
import { type Mailbox, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

type Consider = ArrivalConsumer['consider']

suite('arrivals of mail', { skip: skipWithoutDovecot }, () => {
  const mailboxes = useMailboxes()

  /** A process that hands arrivals to `consider`; what takes effect is written down. */
  function startConsumer({ databaseUrl, ownerId }: Mailbox, consider: (arrival: Arrival) => Promise<void> | void) {
    const { database, transact, close } = createDatabase({ url: databaseUrl, poolSize: 3, onError: () => undefined })
    const seen: string[] = []
    const outcome: Consider = async (arrival) => {
      await consider(arrival)
      return async () => {
        seen.push(arrival.subject)
        return []
      }
    }
    const deps = { database, transact, events: createEvents(database, () => undefined) }
    const { handlers, sweeps } = arrivalJobs({ ...deps, log: createLog({ level: 'silent', format: 'json' }) }, [
      { name: 'test', consider: outcome },
    ])
    return {
      seen,
      close,
      interest: (waitsForBody: boolean) =>
        transact((tx) => arrivalInterestStore.set(tx, { ownerId, consumer: 'test' }, { waitsForBody })),
      disinterest: () => transact((tx) => arrivalInterestStore.clear(tx, { ownerId, consumer: 'test' })),
      work: async () => handlers[0]?.run({ ownerId, consumer: 'test' }),
      sweep: () => sweeps[0]?.run(),
      async noted(): Promise<number> {
        return (await database.selectFrom('mail_arrival').selectAll().execute()).length
      },
      async jobs(): Promise<string[]> {
        const { rows } = await sql<{
          key: string
        }>`select key from graphile_worker.jobs where key like 'mail.arrivals:%'`.execute(database)
        return rows.map(({ key }) => key)
      },
      pass: (seconds: number) =>
        sql`update mail_arrival set next_attempt_at = next_attempt_at - make_interval(secs => ${seconds})`.execute(
          database,
        ),
    }
  }

  test('what arrives is seen to once by those interested; what was found, moved or written is not', async (t) => {
    const mailbox = await mailboxes.mailbox('arrivals')
    const consumer = startConsumer(mailbox, () => undefined)
    t.after(consumer.close)
    await mailbox.deliver('found')
    await consumer.interest(false)
    mailbox.node()
    await mailbox.synced()
    await mailbox.deliver('first')
    await mailbox.deliver('written', 'Sent')
    await mailbox.deliver('second', 'Archive')
    await eventually(async () => assert.equal(await consumer.noted(), 2))
    assert.deepEqual(await consumer.jobs(), [`mail.arrivals:${mailbox.ownerId}:test`])
    const client = await mailbox.client()
    await client.mailboxOpen('INBOX')
    await client.messageMove('1:*', 'Archive')
    await mailbox.converged()
    const other = startConsumer(mailbox, () => undefined)
    t.after(other.close)
    await Promise.all([consumer.work(), other.work(), consumer.work()])
    assert.deepEqual([...consumer.seen, ...other.seen].toSorted(), ['first', 'second'])
    assert.equal(await consumer.noted(), 0)
    await consumer.disinterest()
    await mailbox.deliver('unheard')
    await mailbox.converged()
    assert.equal(await consumer.noted(), 0)
  })

  test('one who waits for bodies is woken when they are stored', async (t) => {
    const mailbox = await mailboxes.mailbox('bodies')
    const states: string[] = []
    const consumer = startConsumer(mailbox, async ({ subject }) => {
      states.push((await mailbox.message(subject)).body_state)
    })
    t.after(consumer.close)
    await consumer.interest(true)
    mailbox.node()
    await mailbox.synced()
    await mailbox.deliver('with a body')
    await eventually(async () => assert.equal((await consumer.jobs()).length, 1))
    await consumer.work()
    assert.deepEqual(states, ['stored'])
  })

  test('a failure leaves the others and is repeated later', async (t) => {
    const mailbox = await mailboxes.mailbox('failing')
    let failures = 1
    const consumer = startConsumer(mailbox, ({ subject }) => {
      if (subject === 'hard' && failures-- > 0) throw new Error('The server is away.')
    })
    t.after(consumer.close)
    await consumer.interest(false)
    mailbox.node()
    await mailbox.synced()
    await mailbox.deliver('hard')
    await mailbox.deliver('easy')
    await eventually(async () => assert.equal(await consumer.noted(), 2))
    await consumer.work()
    assert.deepEqual(consumer.seen, ['easy'])
    await consumer.work()
    assert.equal(consumer.seen.length, 1, 'not before its time')
    await consumer.pass(30)
    await consumer.sweep()
    assert.equal((await consumer.jobs()).length, 1)
    await consumer.work()
    assert.deepEqual(consumer.seen, ['easy', 'hard'])
  })
})
