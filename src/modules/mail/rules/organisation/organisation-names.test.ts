import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sql } from 'kysely'
import { administratorSettings, createAdministration } from '../../../../../test/fixtures/administrators.ts'
import { type MailboxApp, type MailboxOwner, startMailboxApp } from '../../../../../test/fixtures/mailbox-app.ts'
import { insertFolder } from '../../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../../test/harness/eventually.ts'
import { noteArrivals } from '../../arrivals/note-arrivals.ts'

type Outcome = { type: string; outcome: string; code: string | null }
const patience = { timeoutMs: 30_000 }

suite('what rules of an organisation name', () => {
  let app: MailboxApp
  let admin: ReturnType<typeof createAdministration>
  let alice: MailboxOwner
  let bob: MailboxOwner

  before(async () => {
    app = await startMailboxApp({ ...administratorSettings, ULTID_ROLES: 'api,jobs' })
    admin = createAdministration(app)
    alice = await app.mailboxOf('alice')
    bob = await app.mailboxOf('bob')
    await sql`update mail_folder set delimiter = '/'`.execute(app.database)
  })
  after(() => app.close())

  const as = (user: string, method: string, path: string, body?: object) =>
    app.request(method, `/api/v1/mail${path}`, { as: user, ...(body && { body }) })
  const namesOf = async ({ ownerId }: { ownerId: string }) =>
    (
      await app.database
        .selectFrom('mail_rule')
        .select('name')
        .where('owner_id', '=', ownerId)
        .orderBy('position')
        .execute()
    ).map(({ name }) => name)
  const reach = (owner: { ownerId: string }, names: string[]) =>
    eventually(async () => assert.deepEqual(await namesOf(owner), names), patience)
  const rule = (name: string, actions: object[], more: object = {}) => ({
    ...{ name, is_enabled: true, condition: { field: 'subject', operator: 'contains', values: [name] }, actions },
    ...more,
  })
  async function replace(...rules: object[]) {
    const answer = await admin.admin('PUT', '/mail-rules', { body: { rules } })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body.rules
  }
  async function arrive(owner: MailboxOwner, subject: string): Promise<string> {
    const { ownerId, mailAccountId, inbox: folderId } = owner
    const messageId = await app.addMessage(owner, { folderId, subject })
    await app.transact((tx) => noteArrivals(tx, { ownerId, mailAccountId, folderId, messageIds: [messageId] }))
    return messageId
  }
  const outcomes = (messageId: string, rules = 1) =>
    eventually(async () => {
      const rows = await app.database
        .selectFrom('mail_rule_execution')
        .select('actions')
        .where('message_id', '=', messageId)
        .execute()
      assert.equal(rows.length, rules)
      return rows
        .flatMap(({ actions }) => actions as Outcome[])
        .map(({ type, outcome, code }) => [type, outcome, code].filter(Boolean).join(' '))
    }, patience)
  const shown = async (owner: MailboxOwner, id: string) => (await as(owner.user, 'GET', `/messages/${id}`)).body
  const folders = async (owner: MailboxOwner): Promise<{ id: string; path: string }[]> =>
    (await as(owner.user, 'GET', '/folders')).body.items
  const labels = async (owner: MailboxOwner): Promise<{ id: string; name: string; keyword: string }[]> =>
    (await as(owner.user, 'GET', '/labels')).body.items

  test('is found in each account, or made there: folders by their path, labels by name or keyword', async () => {
    const mine = (await as('alice', 'POST', '/labels', { name: 'Bills', keyword: 'Invoice' })).body.id
    const lower = await insertFolder(app.database, alice, { path: 'invoices' })
    await replace(
      rule('bill', [
        { type: 'label', label_names: ['invoice', 'Money'] },
        { type: 'move', folder_path: 'Invoices/2026' },
      ]),
    )
    await reach(alice, ['bill'])
    await reach(bob, ['bill'])

    const forAlice = await arrive(alice, 'a bill')
    assert.deepEqual(await outcomes(forAlice), ['label done', 'move done'])
    const hers = await folders(alice)
    const made = hers.find(({ path }) => path === 'invoices/2026')
    assert.ok(made, JSON.stringify(hers))
    assert.ok(!hers.some(({ path }) => path === 'Invoices') && hers.some(({ id }) => id === lower))
    const message = await shown(alice, forAlice)
    assert.equal(message.folder_id, made.id)
    assert.ok(message.label_ids.includes(mine) && message.label_ids.length === 2, JSON.stringify(message.label_ids))

    const forBob = await arrive(bob, 'a bill')
    assert.deepEqual(await outcomes(forBob), ['label done', 'move done'])
    assert.ok((await folders(bob)).some(({ path }) => path === 'Invoices/2026'))
    assert.deepEqual((await labels(bob)).map(({ name }) => name).sort(), ['invoice', 'Money'].sort())
    await outcomes(await arrive(bob, 'another bill'))
    assert.equal((await labels(bob)).length, 2, 'what was made is found the next time')
  })

  test('is made once, also for letters that come at the same time', async () => {
    await replace(
      rule('crowd', [
        { type: 'label', label_names: ['Crowd'] },
        { type: 'move', folder_path: 'Crowds/Large' },
      ]),
    )
    await reach(alice, ['crowd'])
    const ids = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => arrive(alice, `crowd ${name}`)))
    for (const id of ids) assert.deepEqual(await outcomes(id), ['label done', 'move done'])
    const made = (await folders(alice)).filter(({ path }) => path.startsWith('Crowds'))
    assert.deepEqual(made.map(({ path }) => path).sort(), ['Crowds', 'Crowds/Large'])
    assert.equal((await labels(alice)).filter(({ name }) => name === 'Crowd').length, 1)
  })

  test('by the role of a folder is what the account has for it', async () => {
    await replace(rule('old', [{ type: 'move', folder_role: 'archive' }]))
    await reach(alice, ['old'])
    const id = await arrive(alice, 'old')
    assert.deepEqual(await outcomes(id), ['move done'])
    assert.equal((await shown(alice, id)).folder_id, alice.archive)
  })

  test('and cannot be had leaves the mail where it is, the rest done, and is told in the executions', async () => {
    const [kept] = await replace(
      rule('stuck', [{ type: 'move', folder_path: 'Projects' }, { type: 'mark_read' }]),
      rule('deep', [{ type: 'move', folder_path: 'Deep/Down' }]),
    )
    await reach(alice, ['stuck', 'deep'])
    const id = await arrive(alice, 'stuck')
    assert.deepEqual(await outcomes(id), ['move failed mail.folder_not_selectable', 'mark_read done'])
    const message = await shown(alice, id)
    assert.deepEqual([message.folder_id, message.is_read], [alice.inbox, true])
    const { items } = (await as('alice', 'GET', `/rules/${kept.id}/executions`)).body
    assert.deepEqual([items[0].outcome, items[0].error.code], ['failed', 'mail.folder_not_selectable'])

    const flat = await app.mailboxOf('flat')
    await reach(flat, ['stuck', 'deep'])
    assert.deepEqual(await outcomes(await arrive(flat, 'deep')), ['move failed mail.folders_are_flat'])
    assert.ok(!(await folders(flat)).some(({ path }) => path.startsWith('Deep')), 'nor is half of a path made')
  })

  test('runs before a person’s own rules, which go on after it', async () => {
    const own = { name: 'own', condition: rule('both', []).condition, actions: [{ type: 'star' }] }
    const { id: ownId } = (await as('alice', 'POST', '/rules', own)).body
    await replace(rule('both', [{ type: 'label', label_names: ['Both'] }]))
    await reach(alice, ['both', 'own'])
    const id = await arrive(alice, 'both')
    assert.deepEqual(await outcomes(id, 2), ['label done', 'star done'])
    await as('alice', 'DELETE', `/rules/${ownId}`)
  })

  test('is not a person’s to use in rules of their own', async () => {
    for (const action of [
      { type: 'forward', email: 'a@b.test' },
      { type: 'move', folder_path: 'A' },
      { type: 'label', label_names: ['A'] },
    ]) {
      const answer = await as('alice', 'POST', '/rules', rule('x', [action]))
      assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_request_body'])
    }
  })

  test('is for members of groups where groups are named, as they come and go; shared mailboxes are in none', async () => {
    const box = await app.mailboxOf('front-desk')
    await sql`update principal set kind = 'mailbox' where id = ${box.ownerId}`.execute(app.database)
    await sql`insert into mail_mailbox (owner_id) values (${box.ownerId})`.execute(app.database)
    const lent = await app.mailboxOf('lent')
    await sql`update principal set kind = 'mailbox' where id = ${lent.ownerId}`.execute(app.database)
    await sql`insert into mail_mailbox (owner_id, lender_id) values (${lent.ownerId}, ${bob.ownerId})`.execute(
      app.database,
    )
    await admin.as('bob', ['teachers'], 'GET', '/api/v1/account/')
    const star = [{ type: 'star' }]
    await replace(
      rule('teachers', star, { groups: ['teachers', 'heads'] }),
      rule('all', star),
      rule('pupils', star, { groups: ['pupils'] }),
    )
    await reach(bob, ['teachers', 'all'])
    await reach(lent, ['teachers', 'all'])
    await reach(alice, ['all'])
    await reach(box, ['all'])
    await admin.as('alice', ['pupils', 'heads'], 'GET', '/api/v1/account/')
    await reach(alice, ['teachers', 'all', 'pupils'])
    await admin.as('bob', [], 'GET', '/api/v1/account/')
    await reach(bob, ['all'])
    await reach(lent, ['all'])
    const { items } = await admin.expect(200, 'GET', '/audit/entries?action=admin.mail_rules_changed')
    assert.deepEqual(
      items[0].details.after.map(({ groups }: { groups: string[] }) => groups),
      [['teachers', 'heads'], [], ['pupils']],
    )
  })
})
