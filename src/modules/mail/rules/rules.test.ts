import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { startMailboxApp } from '../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../test/harness/eventually.ts'

const star = [{ type: 'star' }]
const subject = (...values: string[]) => ({ field: 'subject', operator: 'contains', values })

suite('rules over HTTP', async () => {
  const app = await startMailboxApp({ ULTID_ROLES: 'api,jobs' })
  after(app.close)
  const alice = await app.mailboxOf('alice')
  const bob = await app.mailboxOf('bob')
  const request = (
    method: string,
    path: string,
    body?: object,
    options: { as?: string; headers?: Record<string, string> } = {},
  ) => app.request(method, `/api/v1/mail${path}`, { as: 'alice', ...options, ...(body && { body }) })
  async function create(rule: object = {}) {
    const answer = await request('POST', '/rules', { name: 'one', condition: subject('x'), actions: star, ...rule })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const refused = async (code: string, rule: object) => {
    const { status, body } = await request('POST', '/rules', {
      name: 'one',
      condition: subject('x'),
      actions: star,
      ...rule,
    })
    assert.equal(body.code, code, JSON.stringify(body))
    return status
  }
  const names = async () =>
    (await request('GET', '/rules?limit=200')).body.items.map((one: { name: string }) => one.name)
  const interests = async () =>
    (
      await app.database
        .selectFrom('mail_arrival_interest')
        .select(['consumer', 'waits_for_body'])
        .where('owner_id', '=', alice.ownerId)
        .execute()
    )
      .map(({ consumer, waits_for_body }) => `${consumer} ${waits_for_body}`)
      .sort()
  async function clear() {
    for (const { id } of (await request('GET', '/rules?limit=200')).body.items) await request('DELETE', `/rules/${id}`)
  }

  test('a rule comes back as it was given, however it nests', async () => {
    const leaves = [
      { field: 'header', name: 'X-Spam', operator: 'matches', values: ['^yes'] },
      { field: 'size', operator: 'greater_than', bytes: 10 },
      { field: 'date', operator: 'less_than', at: '2026-05-23T09:00:00Z' },
      { field: 'time_of_day', operator: 'less_than', time: '08:30', time_zone: 'Europe/Paris' },
      { field: 'sender_is_new', is: true },
      { field: 'authentication', method: 'verdict', values: ['fail'] },
      { field: 'language', values: ['fr'] },
    ]
    const condition = {
      match: 'all',
      conditions: [
        ...leaves,
        {
          match: 'any',
          conditions: [
            {
              match: 'none',
              conditions: [subject('a'), { match: 'all', conditions: [{ match: 'any', conditions: [] }] }],
            },
          ],
        },
      ],
    }
    const actions = [
      { type: 'label', label_ids: [await label()] },
      { type: 'snooze', hours: 3 },
      { type: 'reply', subject: '', text: 'x' },
      { type: 'stop' },
    ]
    const { id } = await create({ condition, actions, mail_account_id: alice.mailAccountId })
    const { body } = await request('GET', `/rules/${id}`)
    assert.deepEqual([body.condition, body.actions, body.version], [condition, actions, 1])
    assert.deepEqual((await request('GET', '/rules')).body.items[0].condition, condition)
    await clear()
  })

  async function label(): Promise<string> {
    return (await request('POST', '/labels', { name: `label ${Math.random()}` })).body.id
  }

  test('what cannot be used is refused, with where it is wrong', async () => {
    await refused('mail.rule_expression_invalid', { condition: { field: 'body', operator: 'matches', values: ['(a'] } })
    await refused('mail.rule_expression_invalid', {
      condition: { field: 'body', operator: 'matches', values: ['(?=a)b'] },
    })
    await refused('mail.rule_time_zone_unknown', {
      condition: { field: 'time_of_day', operator: 'less_than', time: '08:30', time_zone: 'Mars/Base' },
    })
    const many = Array.from({ length: 60 }, () => subject('x'))
    await refused('mail.rule_too_large', {
      condition: {
        match: 'all',
        conditions: [
          { match: 'all', conditions: many },
          { match: 'all', conditions: many },
        ],
      },
    })
    const deep = [1, 2, 3, 4, 5, 6].reduce<object>((inner) => ({ match: 'all', conditions: [inner] }), subject('x'))
    await refused('invalid_request_body', { condition: deep })
    await refused('invalid_request_body', { condition: { ...subject('x'), operator: 'sounds_like' } })
    await refused('invalid_request_body', { actions: [{ type: 'move' }] })
    await refused('invalid_request_body', { actions: [{ type: 'star', hours: 1 }] })
    await refused('invalid_request_body', { actions: [] })
    await refused('invalid_request_body', { actions: [{ type: 'reply' }] })
    const costly = Array.from({ length: 12 }, (_, n) => `[a-f].{${880 + n}}z`)
    await refused('mail.rules_too_costly', { condition: { field: 'body', operator: 'matches', values: costly } })
  })

  test('an answer may be a template, if a rule knows all of its variables', async () => {
    const template = async (text: string) =>
      (await request('POST', '/templates', { name: text.slice(0, 50), text })).body.id as string
    const known = await template('Dear {{recipient.name}}, of {{subject}}: no. {{sender.name}}')
    const actions = [{ type: 'reply', template_id: known }]
    assert.deepEqual((await create({ actions })).actions, actions)
    await refused('invalid_request_body', { actions: [{ ...actions[0], text: 'x' }] })
    const other = await template('{{number}}')
    await refused('mail.template_variables_missing', { actions: [{ type: 'reply', template_id: other }] })
    await request('DELETE', `/templates/${other}`)
    await refused('not_found', { actions: [{ type: 'reply', template_id: other }] })
    await clear()
  })

  test('nothing of anybody else can be named', async () => {
    const theirs = { as: 'bob' }
    const labelOfBob = (await request('POST', '/labels', { name: 'theirs' }, theirs)).body.id
    const target = { email: 'friend@example.test', mail_account_id: bob.mailAccountId }
    const targetOfBob = (await request('POST', '/forward-targets', target, theirs)).body.id
    const hook = { url: 'https://127.0.0.1/', event_types: ['*'] }
    const webhookOfBob = (await request('POST', '/webhooks', hook, theirs)).body.id
    const templateOfBob = (await request('POST', '/templates', { name: 'theirs' }, theirs)).body.id
    for (const action of [
      ...[
        { type: 'move', folder_id: bob.inbox },
        { type: 'copy', folder_id: bob.inbox },
        { type: 'label', label_ids: [labelOfBob] },
      ],
      ...[
        { type: 'forward', target_id: targetOfBob },
        { type: 'reply', template_id: templateOfBob },
        { type: 'call_webhook', webhook_id: webhookOfBob },
      ],
    ]) {
      assert.equal(await refused('not_found', { actions: [action] }), 404, action.type)
    }
    await refused('not_found', { mail_account_id: bob.mailAccountId })
    const simulation = { condition: subject('x'), actions: star, folder_ids: [bob.inbox] }
    assert.equal((await request('POST', '/rules/simulation', simulation)).status, 404)
    assert.equal((await request('GET', `/rules/sieve?mail_account_id=${bob.mailAccountId}`)).status, 404)
  })

  test('a change of what a rule does is another version; a stale If-Match leaves it untouched', async () => {
    const { id } = await create()
    const { headers } = await request('GET', `/rules/${id}`)
    const ifMatch = { headers: { 'if-match': headers.get('etag') ?? '' } }
    assert.equal((await request('PATCH', `/rules/${id}`, { name: 'another' }, ifMatch)).body.version, 1)
    const stale = await request('PATCH', `/rules/${id}`, { name: 'older' }, ifMatch)
    assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
    assert.equal((await request('PATCH', `/rules/${id}`, { actions: [{ type: 'archive' }] })).body.version, 2)
    assert.equal((await request('PATCH', `/rules/${id}`, { actions: [{ type: 'archive' }] })).body.version, 2)
    assert.equal((await request('PATCH', `/rules/${id}`, { is_enabled: false })).body.version, 2)
    await clear()
  })

  test('rules run in the order in which they were made, or are put', async () => {
    const made = [await create({ name: 'a' }), await create({ name: 'b' }), await create({ name: 'c' })]
    assert.deepEqual(await names(), ['a', 'b', 'c'])
    const ids = made.map(({ id }) => id).toReversed()
    assert.equal((await request('PUT', '/rules/order', { rule_ids: ids })).status, 204)
    assert.deepEqual(await names(), ['c', 'b', 'a'])
    const incomplete = await request('PUT', '/rules/order', { rule_ids: ids.slice(1) })
    assert.deepEqual([incomplete.status, incomplete.body.code], [409, 'mail.rule_order_incomplete'])
    const pages = await request('GET', '/rules?limit=2')
    const rest = await request('GET', `/rules?limit=2&cursor=${pages.body.next_cursor}`)
    assert.deepEqual(
      [...pages.body.items, ...rest.body.items].map(({ name }) => name),
      ['c', 'b', 'a'],
    )
    await clear()
  })

  test('new mail is noted for rules while some are on, with its body while one reads that', async () => {
    assert.deepEqual(await interests(), [])
    const { id } = await create()
    assert.deepEqual(await interests(), ['rules false'])
    const body = await create({ condition: { field: 'body', operator: 'contains', values: ['x'] } })
    assert.deepEqual(await interests(), ['rules false', 'rules_body true'])
    await request('PATCH', `/rules/${body.id}`, { is_enabled: false })
    await request('DELETE', `/rules/${id}`)
    assert.deepEqual(await interests(), [])
    await clear()
  })

  test('a simulation tells which messages fit, why, and what would be done, and does nothing', async () => {
    for (let n = 0; n < 12; n++) {
      const text = n % 3 === 0 ? 'Please pay.' : 'Please read.'
      await app.addMessage(alice, {
        folderId: alice.inbox,
        subject: `Invoice ${n}`,
        text,
        receivedAt: `2026-05-${10 + n}T09:00:00Z`,
      })
    }
    await app.addMessage(bob, { folderId: bob.inbox, subject: 'Invoice of Bob', text: 'Please pay.' })
    const condition = {
      match: 'all',
      conditions: [
        subject('invoice', 'facture'),
        { match: 'any', conditions: [{ field: 'body', operator: 'contains', values: ['pay'] }, subject('never')] },
      ],
    }
    const body = { condition, actions: [{ type: 'archive' }, { type: 'never_junk' }], message_count: 10 }
    const { status, body: begun } = await request('POST', '/rules/simulation', body)
    assert.equal(status, 202)
    const done = await eventually(async () => {
      const { body: shown } = await request('GET', `/rules/simulation/${begun.id}`)
      assert.equal(shown.state, 'done')
      return shown
    })
    assert.deepEqual([done.total_count, done.examined_count, done.matched_count, done.undecided_count], [10, 10, 3, 0])
    const first = await request('GET', `/rules/simulation/${begun.id}/matches?limit=2`)
    const rest = await request('GET', `/rules/simulation/${begun.id}/matches?limit=2&cursor=${first.body.next_cursor}`)
    const matches = [...first.body.items, ...rest.body.items]
    assert.deepEqual(
      matches.map(({ message }) => message.subject),
      ['Invoice 9', 'Invoice 6', 'Invoice 3'],
    )
    assert.deepEqual(
      matches[0].decided_by.map(({ path, is_fulfilled }: Record<string, unknown>) => [path, is_fulfilled]),
      [
        ['conditions.0', true],
        ['conditions.1.conditions.0', true],
      ],
    )
    assert.deepEqual(
      matches[0].actions.map(({ type, outcome, code }: Record<string, unknown>) => [type, outcome, code]),
      [
        ['archive', 'done', null],
        ['never_junk', 'skipped', 'mail.not_in_junk'],
      ],
    )
    const executions = await app.database.selectFrom('mail_rule_execution').selectAll().execute()
    assert.deepEqual(executions, [])
    assert.equal((await request('DELETE', `/rules/simulation/${begun.id}`)).status, 204)
    assert.equal((await request('GET', `/rules/simulation/${begun.id}`)).body.state, 'done')
  })

  test('a rule like a message has its sender, and does what is done with most of their mail', async () => {
    const from = { name: 'Shop', email: 'news@shop.example' }
    const projects = await insertFolder(app.database, alice, { path: 'Shopping' })
    const ids: string[] = []
    for (const folderId of [projects, projects, alice.inbox]) {
      ids.push(await app.addMessage(alice, { folderId, subject: '[Offers] new', from, text: 'Buy.' }))
    }
    const { body } = await request('POST', '/rules/from-message', { message_id: ids[2] })
    assert.equal(body.similar_count, 3)
    assert.deepEqual(body.rule.condition, {
      match: 'all',
      conditions: [
        { field: 'from', operator: 'equals', values: ['news@shop.example'] },
        { field: 'subject', operator: 'contains', values: ['[Offers]'] },
      ],
    })
    assert.deepEqual(body.rule.actions, [{ type: 'move', folder_id: projects }])
    assert.equal((await request('POST', '/rules', body.rule)).status, 201)
    await sql`insert into mail_message_header (owner_id, message_id, fields)
      values (${alice.ownerId}, ${ids[0]}, '[["list-id", "Offers <offers.shop.example>"]]')`.execute(app.database)
    const listed = await request('POST', '/rules/from-message', { message_id: ids[0] })
    assert.deepEqual(listed.body.rule.condition, {
      field: 'list_id',
      operator: 'equals',
      values: ['offers.shop.example'],
    })
    const theirs = await request('POST', '/rules/from-message', { message_id: ids[0] }, { as: 'bob' })
    assert.equal(theirs.status, 404)
    await clear()
  })

  test('a script is previewed, imported as a whole, and comes back', async () => {
    const script =
      'require "fileinto";\nif header :contains "subject" "x" { fileinto "Archive"; stop; }\nif true { reject "no"; }'
    const body = { mail_account_id: alice.mailAccountId, script }
    const preview = await request('POST', '/rules/sieve', { ...body, is_preview: true })
    assert.deepEqual([preview.status, preview.body.rules.length, preview.body.created], [200, 1, []])
    assert.deepEqual(
      preview.body.notes.map(({ line, kind }: Record<string, unknown>) => [line, kind]),
      [[3, 'omitted']],
    )
    const answer = await request('POST', '/rules/sieve', body, { headers: { 'idempotency-key': 'once' } })
    assert.equal(answer.status, 201)
    await request('POST', '/rules/sieve', body, { headers: { 'idempotency-key': 'once' } })
    assert.equal((await names()).length, 1)
    const exported = await request('GET', `/rules/sieve?mail_account_id=${alice.mailAccountId}`)
    assert.match(exported.body.script, /fileinto "Archive";\n {2}stop;/)
    const wrong = await request('POST', '/rules/sieve', { ...body, script: 'if {' })
    assert.deepEqual([wrong.status, wrong.body.code], [422, 'mail.sieve_invalid'])
    await clear()
  })

  test('a rule that was changed while it is applied is applied no more', async () => {
    const { id } = await create({ condition: subject('invoice'), actions: star })
    await request('POST', `/rules/${id}/application`, { folder_ids: [alice.archive] })
    const shown = await eventually(async () => {
      const { body } = await request('GET', `/rules/${id}/application`)
      assert.notEqual(body.state, 'running')
      return body
    })
    assert.deepEqual([shown.state, shown.total_count, shown.matched_count], ['done', 0, 0])
    await sql`update mail_rule_pass set state = 'running', finished_at = null, touched_at = now() - interval '2 minutes'
      where owner_id = ${alice.ownerId} and rule_id = ${id}`.execute(app.database)
    await request('PATCH', `/rules/${id}`, { actions: [{ type: 'archive' }] })
    const again = await request('POST', `/rules/${id}/application`, {})
    assert.deepEqual([again.status, again.body.code], [409, 'mail.rule_application_running'])
    const cancelled = await request('DELETE', `/rules/${id}/application`)
    assert.equal(cancelled.body.state, 'cancelled')
  })
})
