import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { administratorSettings, createAdministration } from '../../../../../test/fixtures/administrators.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../../test/fixtures/mailbox-app.ts'
import { eventually } from '../../../../../test/harness/eventually.ts'
import { noteArrivals } from '../../arrivals/note-arrivals.ts'

const contains = (field: string, ...values: string[]) => ({ field, operator: 'contains', values })
type Shown = { id: string; name: string; is_organisational: boolean }

suite('rules of an organisation', () => {
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>
  let alice: MailboxOwner
  let own: string

  before(async () => {
    app = await startMailboxApp({ ...administratorSettings, ULTID_ROLES: 'api,jobs' })
    admin = createAdministration(app)
    alice = await app.mailboxOf('alice')
    const body = { name: 'Mine', condition: contains('subject', 'x'), actions: [{ type: 'star' }] }
    own = (await mine('POST', '', body)).body.id
  })
  after(() => app.close())

  const mine = (method: string, path: string, body?: object) =>
    admin.as('alice', [], method, `/api/v1/mail/rules${path}`, { body })
  const listed = async (): Promise<Shown[]> => (await mine('GET', '?limit=200')).body.items
  const names = async () => (await listed()).map(({ name }) => name)
  const replace = (rules: object[], etag?: string) =>
    admin.admin('PUT', '/mail-rules', { body: { rules }, ...(etag && { headers: { 'if-match': etag } }) })
  const lottery = {
    ...{ name: 'Lottery', is_enabled: true, condition: contains('subject', 'lottery') },
    actions: [{ type: 'mark_read' }, { type: 'stop' }],
  }

  test('are replaced over the version that was seen, and written down with what was before', async () => {
    const first = await admin.admin('GET', '/mail-rules')
    assert.deepEqual(first.body, { rules: [] })
    const etag = first.headers.get('etag') ?? ''
    const made = await replace([lottery], etag)
    assert.equal(made.status, 200, JSON.stringify(made.body))
    assert.equal((await replace([], etag)).body.code, 'etag_mismatch')
    const { items } = await admin.expect(200, 'GET', '/audit/entries?action=admin.mail_rules_changed')
    assert.deepEqual([items[0].details.before, items[0].details.after[0].name], [[], 'Lottery'])
  })

  test('are listed to everybody before their own, and as what they are', async () => {
    await eventually(async () => assert.deepEqual(await names(), ['Lottery', 'Mine']), { timeoutMs: 30_000 })
    assert.deepEqual(
      (await listed()).map((rule) => rule.is_organisational),
      [true, false],
    )
    const bob = await app.mailboxOf('bob')
    await eventually(
      async () => {
        const { body } = await app.request('GET', '/api/v1/mail/rules', { as: bob.user })
        assert.equal(body.items.length, 1, 'also to those who connect a mail account later')
      },
      { timeoutMs: 30_000 },
    )
  })

  test('run before a person’s own, and stop them', async () => {
    const messageId = await app.addMessage(alice, { folderId: alice.inbox, subject: 'x lottery x' })
    const { ownerId, mailAccountId, inbox: folderId } = alice
    await app.transact((tx) => noteArrivals(tx, { ownerId, mailAccountId, folderId, messageIds: [messageId] }))
    const [{ id }] = (await listed()) as [Shown]
    await eventually(async () => {
      const rows = await app.database
        .selectFrom('mail_rule_execution')
        .select(['rule_id', 'outcome'])
        .where('message_id', '=', messageId)
        .execute()
      assert.deepEqual(rows, [{ rule_id: id, outcome: 'done' }])
    })
    assert.equal((await mine('GET', `/${id}/executions`)).body.items.length, 1, 'and their owner sees what they did')
  })

  test('are not the person’s to change, to delete or to put elsewhere', async () => {
    const [{ id }] = (await listed()) as [Shown]
    for (const answer of [await mine('PATCH', `/${id}`, { is_enabled: false }), await mine('DELETE', `/${id}`)]) {
      assert.deepEqual([answer.status, answer.body.code], [403, 'mail.rule_of_organisation'])
    }
    assert.equal((await mine('PUT', '/order', { rule_ids: [own, id] })).status, 404)
    assert.equal((await mine('PUT', '/order', { rule_ids: [own] })).status, 204)
    assert.deepEqual(await names(), ['Lottery', 'Mine'])
  })

  test('do nothing that one person alone has a name for, and nothing that a person’s rule could not', async () => {
    const refused = async (rule: object) => (await replace([{ ...lottery, ...rule }])).body.code
    const id = '019a0000-0000-7000-8000-000000000000'
    for (const action of [
      { type: 'move', folder_id: id },
      { type: 'label', label_ids: [id] },
      { type: 'reply', template_id: id },
      { type: 'forward', target_id: id },
      { type: 'call_webhook', webhook_id: id },
    ]) {
      assert.equal(await refused({ actions: [action] }), 'mail.rule_action_of_one_person')
    }
    assert.equal(await refused({ actions: [{ type: 'move', folder_path: 'A//B' }] }), 'mail.folder_name_invalid')
    assert.equal(await refused({ actions: [{ type: 'label', label_names: ['a\\b'] }] }), 'mail.label_name_invalid')
    for (const action of [
      { type: 'forward', email: 'nobody' },
      { type: 'move', folder_path: 'A', folder_role: 'junk' },
      { type: 'move', folder_path: 'a/b/c/d/e/f/g/h/i/j/k' },
      { type: 'copy', folder_role: 'junk' },
      { type: 'label' },
    ]) {
      assert.equal(await refused({ actions: [action] }), 'invalid_request_body', JSON.stringify(action))
    }
    const condition = { field: 'body', operator: 'matches', values: ['(a'] }
    assert.equal(await refused({ condition }), 'mail.rule_expression_invalid')
    assert.deepEqual(await names(), ['Lottery', 'Mine'])
  })

  test('follow their change at everybody: a rule that is changed is another version, one left out is gone', async () => {
    const { rules } = await admin.expect(200, 'GET', '/mail-rules')
    const changed = { ...rules[0], actions: [{ type: 'star' }] }
    assert.equal((await replace([{ ...lottery, name: 'First' }, changed])).status, 200)
    await eventually(async () => assert.deepEqual(await names(), ['First', 'Lottery', 'Mine']), { timeoutMs: 30_000 })
    const [, second] = (await mine('GET', '')).body.items
    assert.deepEqual([second.id, second.version, second.actions], [rules[0].id, 2, [{ type: 'star' }]])
    await replace([])
    await eventually(async () => assert.deepEqual(await names(), ['Mine']), { timeoutMs: 30_000 })
  })
})
