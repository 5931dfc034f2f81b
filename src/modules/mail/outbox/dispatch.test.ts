import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { sql } from 'kysely'
import { eventually } from '../../../../test/harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../../../../test/harness/fault-proxy.ts'
import { type Account, type OutboxParts, ownSender, startOutboxParts } from '../../../../test/harness/outbox-parts.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'
import { claimWithinLimits } from './allowance.ts'
import type { OutboxMessage } from './outbox-wire.ts'

const nowhere = { port: 1, username: 'alice@example.test', password: 'secret' }

suite('the outbox of an account', () => {
  let parts: OutboxParts
  let sink: SmtpSink
  let proxy: FaultProxy
  let account: Account

  before(async () => {
    parts = await startOutboxParts()
    sink = await startSmtpSink()
    proxy = await startFaultProxy({ target: sink, protocol: 'smtp' })
  })
  after(async () => {
    await parts.close()
    await proxy.close()
    await sink.close()
  })
  beforeEach(async () => {
    proxy.rules.clear()
    proxy.forgetTranscript()
    sink.answerToRcpt = () => undefined
    sink.answerToMessage = () => undefined
    account = await parts.addAccount(nowhere, { ...nowhere, port: proxy.port })
  })

  const received = ({ message_id_header }: OutboxMessage) =>
    sink.received.filter(({ mime }) => mime.includes(message_id_header))
  const statesOf = async (messages: readonly OutboxMessage[]) =>
    (await Promise.all(messages.map((message) => parts.view(account, message)))).map(({ state }) => state)
  const send = (body: object) =>
    parts.outbox.create(ownSender(account.ownerId), {
      ...{ mail_account_id: account.mailAccountId, to: [{ email: 'bob@example.test' }], text: 'Hi' },
      ...body,
    })
  const writeMany = (count: number) => Promise.all(Array.from({ length: count }, () => parts.write(account)))

  test('many messages go over few connections, each once, though two processes send them', async () => {
    const before = proxy.connections.length
    const messages = await writeMany(60)
    const processes = [parts.startProcess(), parts.startProcess()]
    await Promise.all(processes.map((process) => process.attend(account)))
    assert.deepEqual([...new Set(await statesOf(messages))], ['sent'])
    for (const message of messages) assert.equal(received(message).length, 1)
    assert.ok(proxy.connections.length - before <= 6, `${proxy.connections.length - before} connections`)
    const types = await parts.eventTypes(account)
    assert.equal(types.filter((type) => type === 'mail.message_sent').length, 60)
  })

  test('a process that stops within a long line gives back what it had not sent, and another goes on', async () => {
    const messages = await writeMany(40)
    const stopping = parts.startProcess()
    const isOwn = (mime: string) => messages.some(({ message_id_header }) => mime.includes(message_id_header))
    let taken = 0
    let stopped: Promise<void> | undefined
    sink.answerToMessage = (mime) => {
      if (isOwn(mime) && ++taken === 12) stopped = stopping.stop()
      return undefined
    }
    await stopping.attend(account)
    await stopped
    const states = await statesOf(messages)
    assert.deepEqual(new Set(states), new Set(['sent', 'queued']))
    await parts.startProcess().attend(account)
    assert.deepEqual([...new Set(await statesOf(messages))], ['sent'])
    for (const message of messages) assert.equal(received(message).length, 1)
  })

  test('a server that is away is asked once for all, and no message loses its attempts', async () => {
    proxy.refuse()
    const messages = await writeMany(30)
    await parts.startProcess().attend(account)
    await proxy.accept()
    const shown = await Promise.all(messages.map((message) => parts.view(account, message)))
    assert.equal(shown.filter(({ attempts }) => attempts > 0).length, 1)
    assert.ok(
      shown.every(({ state, last_response }) => state === 'queued' && /cannot be reached/.test(last_response ?? '')),
    )
    await parts.pass(60)
    await parts.startProcess().attend(account)
    assert.deepEqual([...new Set(await statesOf(messages))], ['sent'])
  })

  test('what a connection loses before its content goes over another one at once', async () => {
    const messages = await writeMany(3)
    proxy.rules.add({ fault: 'cut', from: 'server', line: /queued as/, moment: 'after' })
    await parts.startProcess().attend(account)
    assert.deepEqual(await statesOf(messages), ['sent', 'sent', 'sent'])
    for (const message of messages) assert.equal(received(message).length, 1)
  })

  test('a message waits for its time, and what it was changed to is what goes out', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString()
    const { body } = await send({ send_at: at, subject: 'First' })
    await parts.startProcess().attend(account)
    assert.deepEqual(await statesOf([body]), ['held'])
    await parts.acts.change(account.ownerId, body.id, { subject: 'Second', text: 'New' }, body.etag)
    await parts.pass(3600)
    await parts.startProcess().attend(account)
    const [arrived] = received(body)
    assert.match(arrived?.mime ?? '', /^Subject: Second\r$/m)
    assert.match(arrived?.mime ?? '', /^Message-ID: /m)
    // Its date is that of its time, not of its writing.
    const date = Date.parse(/^Date: (.*)\r$/m.exec(arrived?.mime ?? '')?.[1] ?? '')
    assert.ok(Math.abs(date - Date.now()) < 60_000)
  })

  test('a message taken back while it is about to leave does not leave', async () => {
    const message = await parts.write(account)
    const stall = proxy.rules.add({ fault: 'stall', from: 'client', line: /^RCPT TO/ })
    const sending = parts.startProcess().attend(account)
    await eventually(() => assert.equal(stall.hits, 1))
    const { draft_id } = await parts.acts.undo(account.ownerId, message.id)
    stall.remove()
    await sending
    assert.equal(received(message).length, 0)
    const { rows } = await sql`select from mail_draft where id = ${draft_id}`.execute(parts.database)
    assert.equal(rows.length, 1)
  })

  test('a copy for Bcc is in the envelope alone, and nothing that is written becomes a header', async () => {
    const { body } = await send({
      bcc: [{ name: 'Eve', email: 'eve@example.test' }],
      subject: 'Hello\r\nBcc: mallory@example.test',
      undo_seconds: 0,
    })
    await parts.startProcess().attend(account)
    const [arrived] = received(body)
    assert.deepEqual(arrived?.to, ['bob@example.test', 'eve@example.test'])
    assert.doesNotMatch(arrived?.mime ?? '', /eve@|^bcc/im)
  })

  test('a large message lies in the object store from its first attempt on, and is the same in the next', async () => {
    const { body } = await send({ text: 'x'.repeat(200_000), undo_seconds: 0 })
    sink.answerToMessage = () => '451 4.3.0 later'
    await parts.startProcess().attend(account)
    const { mime_object } = await parts.database
      .selectFrom('mail_outbox')
      .select('mime_object')
      .where('id', '=', body.id)
      .executeTakeFirstOrThrow()
    const stored = await parts.objects.get(mime_object ?? '')
    assert.ok(stored && stored.size > 200_000)
    stored.content.destroy()
    sink.answerToMessage = () => undefined
    await parts.pass(60)
    await parts.startProcess().attend(account)
    assert.equal(received(body).length, 1)
    const after = await parts.database
      .selectFrom('mail_outbox')
      .select('mime_object')
      .where('id', '=', body.id)
      .execute()
    assert.deepEqual(after, [{ mime_object }])
  })

  test('a provider that has had enough for today is left alone for an hour, whatever code it says that with', async () => {
    sink.answerToMessage = () => '550 5.4.5 Daily user sending limit exceeded.'
    const messages = await writeMany(5)
    await parts.startProcess().attend(account)
    assert.deepEqual([...new Set(await statesOf(messages))], ['queued'])
    const waits = await Promise.all(messages.map((message) => parts.secondsToNextAttempt(message)))
    assert.ok(
      waits.every((wait) => wait > 3500 && wait <= 3600),
      String(waits),
    )
    assert.ok(proxy.commands(/^MAIL/).length <= 2)
    sink.answerToMessage = () => undefined
    await parts.pass(3600)
    await parts.startProcess().attend(account)
    assert.deepEqual([...new Set(await statesOf(messages))], ['sent'])
  })

  test('what a provider lets an account send is kept to by all processes together; the rest waits', async () => {
    const messages = await writeMany(12)
    const limits = { messagesPerMinute: 6, recipientsPerDay: 8 }
    const claim = (limit: number) =>
      claimWithinLimits(parts.transact, account, { claimId: account.mailAccountId, limit, seconds: 3600, limits })
    const batches = await Promise.all([claim(4), claim(4), claim(4)])
    assert.deepEqual(batches.map((rows) => rows.length).toSorted(), [0, 2, 4])
    const shown = await Promise.all(messages.map((message) => parts.view(account, message)))
    const waiting = shown.filter(({ attempts }) => attempts === 0)
    assert.equal(waiting.length, 6)
    for (const { last_response, next_attempt_at } of waiting) {
      assert.match(last_response ?? '', /lets this account send 6 messages a minute/)
      assert.ok(Date.parse(next_attempt_at ?? '') - Date.now() <= 11_000)
    }
    const letTimePass = async (seconds: number) => {
      await parts.pass(seconds)
      await sql`update mail_send_allowance set counted_at = counted_at - make_interval(secs => ${seconds})`.execute(
        parts.database,
      )
    }
    await letTimePass(30)
    assert.equal((await claim(24)).length, 3)
    await letTimePass(30)
    assert.equal((await claim(24)).length, 0)
    const later = await Promise.all(messages.map((message) => parts.view(account, message)))
    assert.equal(later.filter((one) => /to 8 recipients a day/.test(one.last_response ?? '')).length, 3)
  })

  test('content is kept for a while after it was sent and filed, then it is forgotten', async () => {
    const message = await parts.write(account)
    const process = parts.startProcess()
    await process.attend(account)
    await sql`update mail_outbox set sent_copy_state = 'done' where id = ${message.id}`.execute(parts.database)
    const hasContent = async () => {
      const { rows } = await sql<{
        has: boolean
      }>`select mime is not null as has from mail_outbox where id = ${message.id}`.execute(parts.database)
      return rows[0]?.has
    }
    await process.sweep()
    assert.equal(await hasContent(), true)
    await parts.pass(31 * 86_400)
    await process.sweep()
    assert.equal(await hasContent(), false)
    assert.equal((await parts.view(account, message)).state, 'sent')
  })
})
