import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { createRandom } from '../../../../bench/harness/random.ts'
import { type MailboxOwner, startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { randomCondition, randomFacts } from '../../../../test/fixtures/random-rules.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { enqueueArrivals } from '../arrivals/note-arrivals.ts'
import { decide } from './decision.ts'
import type { Condition } from './matching/condition.ts'
import type { MessageFacts } from './matching/message-facts.ts'
import { compileProgram } from './matching/program.ts'
import { ruleRetention } from './rule-retention.ts'
import { simulatedActions } from './simulated-actions.ts'

test('a thousand rules simulated one by one fit the messages on which a run of all of them acts', async () => {
  const random = createRandom(5)
  const never = new Date(0)
  const rules = Array.from({ length: 1000 }, (_, n) => ({
    ...{ id: `${n}`, mail_account_id: null, name: '', position: n, is_enabled: true, version: 1 },
    ...{ condition: randomCondition(random), actions: [], created_at: never, updated_at: never },
    is_organisational: false,
  }))
  const together = compileProgram(rules.map(({ condition }) => condition))
  const alone = rules.map((rule) => ({ rule, program: compileProgram([rule.condition]) }))
  for (let n = 0; n < 20; n++) {
    const facts = randomFacts(random)
    const { fitting } = await decide(rules, together, facts)
    const simulated: string[] = []
    for (const { rule, program } of alone) {
      if ((await program.next(program.begin(facts), 0))?.verdict) simulated.push(rule.id)
    }
    assert.deepEqual(
      fitting.map(({ id }) => id),
      simulated,
    )
  }
})

test('what would be done says what keeps an action from being done', () => {
  const facts = { ...randomFacts(createRandom(1)), headers: [{ name: 'list-id', value: '<x>' }] }
  const sender = {
    ownerId: 'o',
    mailAccountId: 'a',
    from: { name: '', email: 'me@example.org' },
    ownAddresses: new Set<string>(),
  }
  const actions = simulatedActions(
    [{ type: 'never_junk' }, { type: 'mark_junk' }, { type: 'reply', subject: '', text: 'x' }, { type: 'stop' }],
    facts,
    sender,
  )
  assert.deepEqual(
    actions.map(({ outcome }) => outcome),
    ['skipped', 'skipped', 'skipped', 'done'],
  )
})

suite('simulation and a real run over stored mail', async () => {
  const app = await startMailboxApp({ ULTID_ROLES: 'api,jobs' })
  after(app.close)
  const alice = await app.mailboxOf('alice')
  const request = async (method: string, path: string, body?: object) => {
    const answer = await app.request(method, `/api/v1/mail${path}`, { as: 'alice', ...(body && { body }) })
    assert.ok(answer.status < 300, JSON.stringify(answer.body))
    return answer.body
  }

  test('agree on which messages fit and on what is done, for generated rules and messages', async () => {
    const random = createRandom(21)
    const actions = [{ type: 'star' }, { type: 'reply', text: 'x' }, { type: 'never_junk' }]
    const conditions = Array.from({ length: 15 }, () => randomCondition(random, 2))
    for (let n = 0; n < 16; n++) await store(app, alice, randomFacts(random))
    const simulated = await simulateAll(conditions, actions)
    const ids: string[] = []
    for (const [n, condition] of conditions.entries()) {
      ids.push((await request('POST', '/rules', { name: `${n}`, condition, actions })).id)
    }
    await arrive(app, alice)
    for (const [n, id] of ids.entries()) {
      const rows = await app.database.selectFrom('mail_rule_execution').selectAll().where('rule_id', '=', id).execute()
      const real = rows.map(({ message_id, actions: done }) => [message_id, outcomesOf(done as Outcome[])]).sort()
      assert.deepEqual(real, simulated[n], JSON.stringify(conditions[n]))
    }
    assert.ok(simulated.flat().length > 30)
    const sent = () => app.database.selectFrom('mail_outbox').select('id').execute()
    const before = (await sent()).length
    await arrive(app, alice)
    const count = await app.database.selectFrom('mail_rule_execution').select('rule_id').execute()
    assert.deepEqual([count.length, (await sent()).length], [simulated.flat().length, before], 'nothing is done twice')
  })

  test('new mail meets rules as they are by then: in their new order, and no longer those that are off', async () => {
    for (const { id } of (await request('GET', '/rules?limit=200')).items) await request('DELETE', `/rules/${id}`)
    const condition = { field: 'subject', operator: 'equals', values: ['which first'] }
    const actions = [{ type: 'mark_read' }, { type: 'stop' }]
    const [one, other] = [
      await request('POST', '/rules', { name: 'one', condition, actions }),
      await request('POST', '/rules', { name: 'other', condition, actions }),
    ]
    const ran = async () => {
      const messageId = await app.addMessage(alice, { folderId: alice.inbox, subject: 'which first' })
      await arrive(app, alice)
      const rows = app.database.selectFrom('mail_rule_execution').select('rule_id').where('message_id', '=', messageId)
      return (await rows.execute()).map(({ rule_id }) => rule_id)
    }
    assert.deepEqual(await ran(), [one.id])
    await request('PUT', '/rules/order', { rule_ids: [other.id, one.id] })
    assert.deepEqual(await ran(), [other.id])
    await request('PATCH', `/rules/${other.id}`, { is_enabled: false })
    assert.deepEqual(await ran(), [one.id])
  })

  test('what rules did is kept for ninety days', async () => {
    const count = async () => (await app.database.selectFrom('mail_rule_execution').select('rule_id').execute()).length
    const [all, retention] = [await count(), ruleRetention(app.database)]
    await sql`update mail_rule_execution set executed_at = now() - interval '89 days'`.execute(app.database)
    await retention.run()
    assert.equal(await count(), all)
    await sql`update mail_rule_execution set executed_at = now() - interval '91 days'`.execute(app.database)
    await retention.run()
    assert.ok(all > 0)
    assert.equal(await count(), 0)
  })

  type Outcome = { type: string; outcome: string; code: string | null }
  /** A rule before did it already, or answered the sender: that is what a simulation of one rule cannot know. */
  const outcomesOf = (outcomes: Outcome[]): string =>
    outcomes
      .map(({ type, outcome, code }) => {
        const isDone = outcome === 'unchanged' || code === 'mail.automatic_reply_limit'
        return `${type} ${isDone ? 'done' : outcome} ${isDone ? null : code}`
      })
      .join(', ')

  async function simulateAll(conditions: Condition[], actions: object[]) {
    const found: [string, string][][] = []
    for (const group of chunks(conditions, 5)) {
      const begun = await Promise.all(
        group.map((condition) => request('POST', '/rules/simulation', { condition, actions })),
      )
      for (const { id } of begun) {
        await eventually(async () => assert.equal((await request('GET', `/rules/simulation/${id}`)).state, 'done'))
        const { items } = await request('GET', `/rules/simulation/${id}/matches?limit=200`)
        found.push(
          items
            .map((item: { message_id: string; actions: Outcome[] }) => [item.message_id, outcomesOf(item.actions)])
            .sort(),
        )
      }
    }
    return found
  }
})

type App = Awaited<ReturnType<typeof startMailboxApp>>

async function store(app: App, owner: MailboxOwner, facts: MessageFacts): Promise<void> {
  const id = await app.addMessage(owner, {
    ...{ folderId: owner.inbox, subject: facts.subject, from: facts.from, to: [...facts.to], text: facts.body ?? '' },
    receivedAt: facts.receivedAt.toISOString(),
  })
  const part = { encoding: '7bit', charset: null, size: 10, disposition: 'attachment', cid: null }
  const parts = facts.attachments.map(({ name, type }, at) => ({ ...part, part: `${at + 2}`, type, filename: name }))
  const recipients = { to: facts.to, cc: facts.cc, bcc: facts.bcc }
  await sql`update mail_message set size_bytes = ${facts.sizeBytes}, parts = ${JSON.stringify(parts)}::jsonb,
      recipients = ${JSON.stringify(recipients)}::jsonb, in_reply_to = ${facts.isReply ? '<x@y>' : null}
    where owner_id = ${owner.ownerId} and id = ${id}`.execute(app.database)
  const fields = (facts.headers ?? []).map(({ name, value }) => [name, value])
  await sql`insert into mail_message_header (owner_id, message_id, fields)
    values (${owner.ownerId}, ${id}, ${JSON.stringify(fields)}::jsonb)`.execute(app.database)
}

/** All stored messages come anew, to both consumers of the rules; waits until these have seen them. */
async function arrive(app: App, { ownerId }: MailboxOwner): Promise<void> {
  await app.transact(async (tx) => {
    for (const consumer of ['rules', 'rules_body']) {
      await sql`insert into mail_arrival (owner_id, consumer, message_id, mail_account_id, folder_id, next_attempt_at)
        select owner_id, ${consumer}, message_id, mail_account_id, folder_id, now() from mail_location
        where owner_id = ${ownerId}`.execute(tx)
      await enqueueArrivals(tx, { ownerId, consumer })
    }
  })
  await eventually(async () => {
    const waiting = await app.database.selectFrom('mail_arrival').select('attempts').execute()
    assert.equal(waiting.length, 0)
  })
}

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size))
