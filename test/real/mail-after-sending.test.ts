import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { followUpSweep } from '../../src/modules/mail/reports/follow-ups.ts'
import { type ConnectedMailbox, type SyncedApp, startSyncedApp } from '../fixtures/synced-app.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

type Entry = { id: string; message_id_header: string; state: string; recipients: Recipient[]; follow_up: FollowUp }
type Recipient = { email: string; report: { action: string; status: string | null; reason: string | null } | null }
type FollowUp = { state: string } | null

suite('what becomes of mail after it was sent', { skip: skipWithoutDovecot }, () => {
  let app: SyncedApp
  before(async () => {
    app = await startSyncedApp()
  })
  after(() => app.close())

  async function send(mailbox: ConnectedMailbox, to: string[], more: object = {}): Promise<Entry> {
    const body = { mail_account_id: mailbox.id, to: to.map((email) => ({ email })), subject: 'Plans', text: 'Hi' }
    const { body: entry } = await mailbox.request('POST', '/messages', { ...body, undo_seconds: 0, ...more })
    return eventually(async () => {
      const shown = await view(mailbox, entry)
      assert.equal(shown.state, 'sent')
      return shown
    })
  }
  const view = async (mailbox: ConnectedMailbox, { id }: { id: string }): Promise<Entry> =>
    (await mailbox.request('GET', `/outbox/${id}`)).body
  const reportOf = (entry: Entry, email: string) => entry.recipients.find((one) => one.email === email)?.report ?? null
  const put = (mailbox: ConnectedMailbox, lines: string[]) => app.dovecot.deliver(mailbox.user, lines.join('\n'))

  const bounce = ({ envelopeId, original }: { envelopeId?: string; original?: string }) => [
    'From: MAILER-DAEMON@mx.example.test (Mail Delivery System)',
    'To: sender@example.test',
    'Subject: Undelivered Mail Returned to Sender',
    `Message-ID: <${Math.random()}@mx.example.test>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    ...['', '--b', 'Content-Type: text/plain', '', 'It could not be delivered.', ''],
    ...['--b', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.example.test'],
    ...(envelopeId ? [`Original-Envelope-Id: ${envelopeId}`] : []),
    ...['', 'Final-Recipient: rfc822; gone@example.test', 'Action: failed', 'Status: 5.1.1'],
    ...['Diagnostic-Code: smtp; 550 5.1.1 no such user', ''],
    ...(original ? ['--b', 'Content-Type: message/rfc822', '', `Message-ID: ${original}`, '', 'Hi', ''] : []),
    '--b--',
  ]
  const answer = (entry: Entry, from: string, more: string[] = []) => [
    `From: ${from}`,
    'To: sender@example.test',
    'Subject: Re: Plans',
    `Message-ID: <${Math.random()}@example.test>`,
    `In-Reply-To: ${entry.message_id_header}`,
    ...more,
    ...['', 'Yes.'],
  ]

  test('a bounce is told for its recipient, once, by the id that servers give back or by the message returned', async () => {
    const mailbox = await app.connected('bounced')
    const [one, other] = [
      await send(mailbox, ['gone@example.test', 'bob@example.test']),
      await send(mailbox, ['gone@example.test']),
    ]
    await put(mailbox, bounce({ envelopeId: one.id }))
    await put(mailbox, bounce({ original: other.message_id_header }))
    for (const entry of [one, other]) {
      const shown = await eventually(async () => {
        const found = await view(mailbox, entry)
        assert.ok(reportOf(found, 'gone@example.test'))
        return found
      })
      const { action, status, reason } = reportOf(shown, 'gone@example.test') ?? {}
      assert.deepEqual([action, status, reason], ['failed', '5.1.1', '550 5.1.1 no such user'])
      assert.equal(shown.state, 'sent')
      assert.equal(reportOf(shown, 'bob@example.test'), null)
    }
    const events = await mailbox.events('mail.message_bounced')
    assert.deepEqual(
      events.map(({ outbox_id, recipients }) => [outbox_id, (recipients as Recipient[])[0]?.email]).toSorted(),
      [
        [one.id, 'gone@example.test'],
        [other.id, 'gone@example.test'],
      ],
    )
  })

  test('bounces of an old form, and answers of machines, are told as well; a failure stays one', async () => {
    const mailbox = await app.connected('oldforms')
    const entry = await send(mailbox, ['gone@example.test', 'away@example.test'])
    await put(mailbox, answer(entry, 'away@example.test', ['Auto-Submitted: auto-replied']))
    await put(mailbox, answer(entry, 'Mailer-Daemon@mx.example.test', ['X-Failed-Recipients: gone@example.test']))
    await eventually(async () => {
      const shown = await view(mailbox, entry)
      assert.equal(reportOf(shown, 'away@example.test')?.action, 'auto_replied')
      assert.equal(reportOf(shown, 'gone@example.test')?.action, 'failed')
    })
  })

  test('an answer ends the wait for one, and nobody is reminded; without one the sender is, once', async () => {
    const mailbox = await app.connected('awaiting')
    const soon = () => new Date(Date.now() + 3_600_000).toISOString()
    const [answered, ignored] = [
      await send(mailbox, ['bob@example.test'], { follow_up_at: soon() }),
      await send(mailbox, ['away@example.test'], { follow_up_at: soon() }),
    ]
    await put(mailbox, answer(answered, 'bob@example.test'))
    await put(mailbox, answer(ignored, 'away@example.test', ['Auto-Submitted: auto-replied']))
    await put(mailbox, answer(ignored, mailbox.user.username))
    await eventually(async () => assert.equal((await view(mailbox, answered)).follow_up?.state, 'answered'))
    await eventually(async () => assert.ok(reportOf(await view(mailbox, ignored), 'away@example.test')))
    assert.equal((await view(mailbox, ignored)).follow_up?.state, 'waiting')
    await app.database.query(
      "update mail_outbox set follow_up_at = now() - interval '1 second' where follow_up_at is not null",
    )
    const remind = followUpSweep(app.app.app.platform)
    await Promise.all([remind.run(), remind.run()])
    assert.deepEqual(
      (await mailbox.events('mail.follow_up_due')).map(({ outbox_id }) => outbox_id),
      [ignored.id],
    )
    const due = (await mailbox.request('GET', '/outbox?follow_up=due')).body.items as Entry[]
    assert.deepEqual(
      due.map(({ id }) => id),
      [ignored.id],
    )
  })

  test('a refused recipient is told by a notice in the inbox, which is no bounce', async () => {
    const mailbox = await app.connected('refused')
    app.sink.answerToRcpt = (address) => (address.startsWith('nobody') ? '550 5.1.1 no such user' : undefined)
    const entry = await send(mailbox, ['nobody@example.test', 'bob@example.test'])
    const notice = await eventually(async () => {
      const found = (await mailbox.messages()).find(({ subject }) => subject === 'Not delivered: Plans')
      assert.ok(found)
      return found
    })
    const { body } = await mailbox.request('GET', `/messages/${notice.id}`)
    assert.match(body.body.text, /nobody@example\.test\r\n\s+550 5\.1\.1 no such user\s+The others have got it/)
    assert.equal((await view(mailbox, entry)).recipients[0]?.report, null)
    assert.deepEqual(await mailbox.events('mail.message_bounced'), [])
    app.sink.answerToRcpt = () => undefined
  })

  test('who writes to somebody away is answered once, and lists, machines and blind copies are not', async () => {
    const mailbox = await app.connected('vacation')
    const path = `/accounts/${mailbox.id}/vacation`
    assert.equal((await mailbox.request('GET', path)).body.is_enabled, false)
    assert.equal((await mailbox.request('PUT', path, { is_enabled: true })).status, 400)
    const settings = { is_enabled: true, subject: 'Away', text: 'I am away.' }
    assert.equal((await mailbox.request('PUT', path, settings)).status, 200)
    const letter = (from: string, more: string[] = [], to = mailbox.user.username) => [
      ...[`From: ${from}`, `To: ${to}`, 'Subject: Hello', `Message-ID: <${Math.random()}@example.test>`],
      ...more,
      ...['', 'Are you there?'],
    ]
    const replies = () =>
      app.sink.received
        .filter(({ mime }) => /^Auto-Submitted: auto-replied/m.test(mime))
        .map(({ from, to }) => [from, ...to])
    for (const more of [['List-Id: <l.example.test>'], ['Auto-Submitted: auto-generated'], ['Precedence: bulk']]) {
      await put(mailbox, letter('list@example.test', more))
    }
    await put(mailbox, letter('noreply@example.test'))
    await put(mailbox, letter('blind@example.test', [], 'somebody@example.test'))
    await put(mailbox, letter(mailbox.user.username))
    await app.dovecot.deliver(mailbox.user, letter('junk@example.test').join('\n'), 'Junk')
    await put(mailbox, letter('Bob <bob@example.test>'))
    await put(mailbox, letter('bob@example.test'))
    await put(mailbox, letter('list@example.test', ['Return-Path: <carol@example.test>']))
    await eventually(async () => {
      const { rows } = await app.database.query('select from mail_arrival')
      assert.equal(rows.length, 0)
      assert.equal(replies().length, 2)
    })
    assert.deepEqual(replies().toSorted(), [
      ['', 'bob@example.test'],
      ['', 'carol@example.test'],
    ])
    const mime = app.sink.received.findLast(({ to }) => to[0] === 'bob@example.test')?.mime ?? ''
    assert.match(mime, /^Subject: Away\r$/m)
    assert.match(mime, /^In-Reply-To: <0\.\d+@example\.test>\r$/m)
    assert.deepEqual((await mailbox.request('GET', '/outbox')).body.items, [])
    const changed = await mailbox.request('PUT', path, { ...settings, text: 'Still away.' })
    assert.equal(changed.status, 200)
    await put(mailbox, letter('bob@example.test'))
    await eventually(() => assert.equal(replies().length, 3))
    await mailbox.request('PUT', path, { ...settings, is_enabled: false })
    assert.deepEqual(
      (await app.database.query("select from mail_arrival_interest where consumer = 'vacation'")).rows,
      [],
    )
  })
})
