import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../fixtures/synced-app.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.ts'

type Leaf = { field: string; operator: string; values: string[]; name?: string }
type Execution = {
  message_id: string
  outcome: string
  cause: string
  actions: { type: string; outcome: string; code: string | null }[]
}

suite('rules on arriving mail', { skip: skipWithoutDovecot }, () => {
  let app: SyncedApp
  let alice: ConnectedMailbox
  let hook: WebhookReceiver

  before(async () => {
    app = await startSyncedApp()
    hook = await startWebhookReceiver()
    alice = await app.connected('alice')
  })
  after(async () => {
    await app.close()
    await hook.close()
  })

  async function post(path: string, body: object, status = 201) {
    const answer = await alice.request('POST', path, body)
    assert.equal(answer.status, status, JSON.stringify(answer.body))
    return answer.body
  }
  const subject = (value: string): Leaf => ({ field: 'subject', operator: 'contains', values: [value] })
  const rule = (name: string, condition: object, ...actions: object[]) => post('/rules', { name, condition, actions })
  const executions = async (id: string): Promise<Execution[]> =>
    (await alice.request('GET', `/rules/${id}/executions`)).body.items
  /** Forgets all rules: each test has its own. */
  async function clear() {
    for (const { id } of (await alice.request('GET', '/rules?limit=200')).body.items) {
      assert.equal((await alice.request('DELETE', `/rules/${id}`)).status, 204)
    }
  }
  let letters = 0
  /** A letter with these fields, which win over its own. */
  async function deliver(headers: Record<string, string>, text = 'Hello.') {
    letters += 1
    const to = alice.user.username
    const fields = {
      From: 'Bob <bob@example.test>',
      To: to,
      'Message-ID': `<rules-${letters}@example.test>`,
      ...headers,
    }
    const header = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
    await app.dovecot.deliver(alice.user, `${header.join('')}Date: Mon, 02 Nov 2026 10:00:00 +0000\n\n${text}\n`)
  }
  const inFolder = (path: string, wanted: string) =>
    eventually(async () => {
      const found = (await alice.messages(path)).find((one) => one.subject === wanted)
      assert.ok(found, `${wanted} is not in ${path}`)
      return found as typeof found & { is_read: boolean; is_starred: boolean }
    })
  const executed = (id: string, count: number) =>
    eventually(async () => {
      const found = await executions(id)
      assert.equal(found.length, count)
      return found
    })

  test('rules act in their order, once each, until one stops; the server sees it', async () => {
    await clear()
    const { id: folderId } = await post('/folders', { mail_account_id: alice.id, name: 'Invoices' })
    const label = await post('/labels', { name: 'Work', color: '#336699' })
    const first = await rule('first', subject('invoice'), { type: 'star' }, { type: 'label', label_ids: [label.id] })
    const second = await rule('second', subject('invoice'), { type: 'move', folder_id: folderId }, { type: 'stop' })
    const third = await rule('third', subject('invoice'), { type: 'mark_read' })
    await deliver({ Subject: 'Your invoice' })
    const moved = await inFolder('Invoices', 'Your invoice')
    assert.deepEqual([moved.is_starred, moved.is_read], [true, false])
    assert.equal((await executed(first.id, 1))[0]?.outcome, 'done')
    const [execution] = await executed(second.id, 1)
    assert.deepEqual(
      execution?.actions.map(({ type, outcome }) => [type, outcome]),
      [
        ['move', 'done'],
        ['stop', 'done'],
      ],
    )
    assert.deepEqual(await executions(third.id), [])
    assert.deepEqual(
      (await alice.events('mail.rule_executed')).map(({ rule_id }) => rule_id),
      [first.id, second.id],
    )
    const client = await alice.client()
    await eventually(async () => {
      await client.mailboxOpen('Invoices')
      const [flags] = (await client.fetchAll('1:*', { flags: true })).map((one) => one.flags)
      assert.ok(flags?.has('\\Flagged'))
    })
  })

  test('a rule on the body waits for it, those before it do not, and none acts on what was there before', async () => {
    await clear()
    const header = await rule('header', { ...subject(''), values: ['body'] }, { type: 'star' })
    const body = await rule(
      'body',
      { field: 'body', operator: 'contains', values: ['zebra'] },
      { type: 'mark_read' },
      { type: 'stop' },
    )
    const later = await rule('later', subject('body'), { type: 'archive' })
    await deliver({ Subject: 'a body of zebras' }, 'Zebras are striped.')
    await deliver({ Subject: 'a body without' }, 'Horses are not.')
    await executed(header.id, 2)
    await executed(body.id, 1)
    await executed(later.id, 1)
    assert.deepEqual([(await inFolder('INBOX', 'a body of zebras')).is_read], [true])
    await inFolder('Archive', 'a body without')
  })

  test('conditions on headers are met although nothing of them was kept', async () => {
    await clear()
    const { id } = await rule(
      'list',
      { field: 'list_id', operator: 'equals', values: ['lake.lists.test'] },
      { type: 'star' },
    )
    await deliver({ Subject: 'from the lake', 'List-Id': '=?utf-8?q?L=C3=A4ke?= <lake.lists.test>' })
    await deliver({ Subject: 'from the sea', 'List-Id': '<sea.lists.test>' })
    await executed(id, 1)
    assert.equal((await inFolder('INBOX', 'from the lake')).is_starred, true)
    assert.equal((await inFolder('INBOX', 'from the sea')).is_starred, false)
  })

  test('junk is put away, and what is never junk comes back from there and stays', async () => {
    await clear()
    const junk = await rule('junk', subject('win'), { type: 'mark_junk' })
    await deliver({ Subject: 'win money' })
    await inFolder('Junk', 'win money')
    await alice.request('DELETE', `/rules/${junk.id}`)
    await rule('never', subject('win'), { type: 'never_junk' })
    const again = await rule('junk again', subject('win'), { type: 'mark_junk' })
    const raw = `From: bob@example.test\nSubject: win friends\nMessage-ID: <f@x.test>\n\nx\n`
    await app.dovecot.deliver(alice.user, raw, 'Junk')
    // The server tells of the inbox alone; other folders are looked at every minute.
    assert.equal((await alice.request('POST', `/accounts/${alice.id}/sync`)).status, 202)
    await inFolder('INBOX', 'win friends')
    await deliver({ Subject: 'win time' })
    const [execution] = await executed(again.id, 1)
    assert.deepEqual(
      execution?.actions.map(({ outcome, code }) => [outcome, code]),
      [['skipped', 'mail.rule_never_junk']],
    )
  })

  test('a webhook is called and its owner told; what is gone by then fails, and the rest is done', async () => {
    await clear()
    const webhook = await post('/webhooks', { url: hook.url, event_types: ['mail.folder_reset'] })
    const { id: gone } = await post('/labels', { name: 'Soon gone', color: '#336699' })
    const { id } = await rule(
      'call',
      subject('call'),
      { type: 'label', label_ids: [gone] },
      { type: 'call_webhook', webhook_id: webhook.id },
      { type: 'notify', text: '{{from_name}} says {{subject}}' },
    )
    assert.equal((await alice.request('DELETE', `/labels/${gone}`)).status < 300, true)
    await eventually(async () =>
      assert.deepEqual(
        (await alice.request('GET', '/labels')).body.items.map((one: { id: string }) => one.id === gone).includes(true),
        false,
      ),
    )
    await deliver({ Subject: 'call me' })
    const [execution] = await executed(id, 1)
    assert.equal(execution?.outcome, 'failed')
    assert.deepEqual(
      execution?.actions.map(({ outcome }) => outcome),
      ['failed', 'done', 'done'],
    )
    await eventually(() =>
      assert.deepEqual(
        hook.received.map(({ type }) => type),
        ['mail.rule_webhook_called'],
      ),
    )
    assert.equal(hook.received[0]?.data.rule_id, id)
    assert.deepEqual(
      (await alice.events('mail.rule_notified')).map(({ text }) => text),
      ['Bob says call me'],
    )
  })

  test('mail is forwarded whole to a verified target only, and never in a circle', async () => {
    await clear()
    const body = { email: 'elsewhere@example.test', mail_account_id: alice.id }
    const target = await post('/forward-targets', body)
    const forward = { type: 'forward', target_id: target.id }
    const refused = await alice.request('POST', '/rules', { name: 'f', condition: subject('x'), actions: [forward] })
    assert.equal(refused.body.code, 'mail.forward_target_unverified')
    const sentTo = (address: string) =>
      app.sink.received.filter(({ to }) => to.includes(address)).map(({ mime }) => mime)
    const [mailed] = await eventually(() => {
      const found = sentTo('elsewhere@example.test')
      assert.equal(found.length, 1)
      return found
    })
    const code = /code: (\d{8})/.exec(mailed ?? '')?.[1] ?? ''
    const wrong = await alice.request('POST', `/forward-targets/${target.id}/verification`, { code: '00000000' })
    assert.equal(wrong.body.code, 'mail.forward_target_code_wrong')
    const early = await alice.request('POST', `/forward-targets/${target.id}/code`, { mail_account_id: alice.id })
    assert.equal(early.status, 429)
    assert.equal((await post(`/forward-targets/${target.id}/verification`, { code }, 200)).is_verified, true)

    const { id } = await rule('forward', subject('pass'), forward)
    await deliver({ Subject: 'pass it on', 'X-Original': 'yes' })
    await executed(id, 1)
    const [, forwarded = ''] = await eventually(() => {
      const found = sentTo('elsewhere@example.test')
      assert.equal(found.length, 2)
      return found
    })
    assert.match(forwarded, /^Subject: Fwd: pass it on\r?$/m)
    assert.match(forwarded, /message\/rfc822/)
    assert.match(forwarded, /X-Original: yes/)
    const [, hop = ''] = /^X-Ulti-Forwarded: (\S+)\r?$/m.exec(forwarded) ?? []
    assert.ok(hop)
    await deliver({ Subject: 'pass it back', 'X-Ulti-Forwarded': `abc ${hop}` })
    const [circle] = await executed(id, 2)
    assert.deepEqual(
      circle?.actions.map(({ outcome, code: why }) => [outcome, why]),
      [['skipped', 'mail.forwarded_already']],
    )
    assert.equal(sentTo('elsewhere@example.test').length, 2)
  })

  test('a letter to its reader is answered by a machine once a week; lists and machines never', async () => {
    await clear()
    const { id } = await rule('answer', subject('away'), { type: 'reply', text: 'About {{subject}}: next week.' })
    const outcomes = async (count: number) => (await executed(id, count)).map(({ actions }) => actions[0]?.code)
    const from = 'Carol <carol@example.test>'
    await deliver({ Subject: 'are you away?', From: from })
    assert.deepEqual(await outcomes(1), [null])
    const [answer = ''] = await eventually(() => {
      const found = app.sink.received.filter(({ to }) => to.includes('carol@example.test'))
      assert.equal(found.length, 1)
      assert.equal(found[0]?.from, '')
      return found.map(({ mime }) => mime)
    })
    assert.match(answer, /^Auto-Submitted: auto-replied\r?$/m)
    assert.match(answer, /^In-Reply-To: <rules-\d+@example.test>\r?$/m)
    assert.match(answer, /About are you away\?: next week\./)
    await deliver({ Subject: 'still away?', From: from })
    assert.deepEqual(await outcomes(2), ['mail.automatic_reply_limit', null])
    await deliver({ Subject: 'away list', From: 'Dan <dan@example.test>', 'List-Id': '<l.test>' })
    await deliver({ Subject: 'away machine', From: 'Dan <dan@example.test>', 'Auto-Submitted': 'auto-generated' })
    await deliver({ Subject: 'away to others', From: 'Dan <dan@example.test>', To: 'others@example.test' })
    const unwanted = 'mail.automatic_reply_unwanted'
    assert.deepEqual((await outcomes(5)).slice(0, 3), [unwanted, unwanted, unwanted])
    assert.equal(app.sink.received.filter(({ to }) => to.includes('dan@example.test')).length, 0)

    const template = await post('/templates', {
      ...{ name: 'Orders', subject: 'Your order', html: '<p>Dear {{recipient.name}}, of {{subject}}.</p>' },
    })
    const order = await rule('order', subject('order'), { type: 'reply', template_id: template.id })
    await deliver({ Subject: 'order <b>1</b>', From: 'Erin <erin@example.test>' })
    await executed(order.id, 1)
    await eventually(() => {
      const [mime = ''] = app.sink.received.filter(({ to }) => to.includes('erin@example.test')).map((one) => one.mime)
      assert.match(mime, /^Subject: Your order\r?$/m)
      assert.match(mime, /<p>Dear Erin, of order &lt;b&gt;1&lt;\/b&gt;\.<\/p>/)
      assert.match(mime, /^Auto-Submitted: auto-replied\r?$/m)
    })
  })

  test('a rule is applied to mail that is there, once for each version', async () => {
    await clear()
    for (let n = 0; n < 5; n++) await deliver({ Subject: `old ${n}` })
    await eventually(async () =>
      assert.equal((await alice.messages()).filter(({ subject: one }) => one.startsWith('old')).length, 5),
    )
    const { id } = await rule('old', subject('old'), { type: 'star' }, { type: 'notify', text: 'old' })
    const apply = async () => {
      await post(`/rules/${id}/application`, {}, 202)
      return eventually(async () => {
        const { body } = await alice.request('GET', `/rules/${id}/application`)
        assert.equal(body.state, 'done')
        return body
      })
    }
    const told = (await alice.events('mail.rule_notified')).length
    const done = await apply()
    assert.deepEqual([done.matched_count, done.failed_count], [5, 0])
    const [execution] = await executed(id, 5)
    assert.deepEqual(
      [execution?.cause, execution?.actions.map(({ outcome }) => outcome)],
      ['application', ['done', 'skipped']],
    )
    assert.equal((await inFolder('INBOX', 'old 3')).is_starred, true)
    await apply()
    await executed(id, 5)
    await alice.request('PATCH', `/rules/${id}`, { actions: [{ type: 'mark_read' }] })
    await apply()
    await executed(id, 10)
    assert.equal((await alice.events('mail.rule_notified')).length, told)
  })
})
