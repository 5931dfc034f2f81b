import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createAdministration } from '../fixtures/administrators.ts'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../fixtures/synced-app.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

suite('rules of an organisation on arriving mail', { skip: skipWithoutDovecot }, () => {
  let app: SyncedApp
  let alice: ConnectedMailbox

  before(async () => {
    app = await startSyncedApp()
    alice = await app.connected('alice')
  })
  after(() => app.close())

  const executions = (id: string, count: number) =>
    eventually(async () => {
      const { items = [] } = (await alice.request('GET', `/rules/${id}/executions`)).body
      assert.equal(items.length, count)
      return items[0].actions.map(({ outcome, code }: { outcome: string; code: string | null }) => [outcome, code])
    })

  test('move it into a folder made on the server, label it there, and forward it, never in a circle', async () => {
    const admin = createAdministration(app.app)
    const rule = {
      ...{ name: 'Invoices', is_enabled: true },
      condition: { field: 'subject', operator: 'contains', values: ['invoice'] },
      actions: [
        { type: 'label', label_names: ['Money'] },
        { type: 'forward', email: 'books@example.test' },
        { type: 'move', folder_path: 'Books/Invoices' },
      ],
    }
    const { rules } = await admin.expect(200, 'PUT', '/mail-rules', { body: { rules: [rule] } })
    await eventually(async () => {
      assert.equal((await alice.request('GET', '/rules')).body.items.length, 1)
    })
    await alice.deliver('the invoice')
    assert.deepEqual(await executions(rules[0].id, 1), [
      ['done', null],
      ['done', null],
      ['done', null],
    ])
    const client = await alice.client()
    await eventually(async () => {
      const { exists } = await client.mailboxOpen('Books/Invoices')
      assert.equal(exists, 1)
      const [found] = await client.fetchAll('1:*', { flags: true, envelope: true })
      assert.equal(found?.envelope?.subject, 'the invoice')
      assert.ok(found?.flags?.has('Money'), JSON.stringify([...(found?.flags ?? [])]))
    })
    const forwarded = await eventually(() => {
      const found = app.sink.received.find(({ to }) => to.includes('books@example.test'))
      assert.ok(found)
      return found.mime
    })
    const [, hop = ''] = /^X-Ulti-Forwarded: (\S+)\r?$/m.exec(forwarded) ?? []
    const fields = ['From: b@example.test', `To: ${alice.user.username}`, 'Subject: invoice back', 'Message-ID: <b@x>']
    await app.dovecot.deliver(alice.user, `${[...fields, `X-Ulti-Forwarded: ${hop}`].join('\n')}\n\nBack.\n`)
    assert.deepEqual((await executions(rules[0].id, 2))[1], ['skipped', 'mail.forwarded_already'])
  })

  test('forward it nowhere that the policy forbids, nor to its own reader, and it stays where it is', async () => {
    const admin = createAdministration(app.app)
    const { body: policies } = await admin.admin('GET', '/policies')
    const everybody = { ...policies.everybody, forwarding: { is_allowed: true, domains: ['ulti.test'] } }
    await admin.expect(200, 'PUT', '/policies', { body: { ...policies, everybody } })
    const rule = {
      ...{ name: 'Outwards', is_enabled: true },
      condition: { field: 'subject', operator: 'contains', values: ['outwards'] },
      actions: [
        { type: 'forward', email: 'elsewhere@example.test' },
        { type: 'forward', email: alice.user.username },
      ],
    }
    const { rules } = await admin.expect(200, 'PUT', '/mail-rules', { body: { rules: [rule] } })
    await eventually(async () => {
      const { items } = (await alice.request('GET', '/rules')).body
      assert.deepEqual(
        items.map(({ name }: { name: string }) => name),
        ['Outwards'],
      )
    })
    await alice.deliver('outwards')
    assert.deepEqual(await executions(rules[0].id, 1), [
      ['failed', 'mail.forwarding_not_allowed'],
      ['skipped', 'mail.forward_to_itself'],
    ])
    assert.ok((await alice.messages()).some(({ subject }) => subject === 'outwards'))
    assert.ok(!app.sink.received.some(({ to }) => to.includes('elsewhere@example.test')))
  })
})
