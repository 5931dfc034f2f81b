import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { simpleParser } from 'mailparser'
import { type Dovecot, startDovecot } from '../../../../test/harness/dovecot.ts'
import type { MailUser } from '../../../../test/harness/dovecot-users.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../../../../test/harness/fault-proxy.ts'
import { type Account, type OutboxParts, startOutboxParts } from '../../../../test/harness/outbox-parts.ts'
import { skipWithoutDovecot } from '../../../../test/harness/servers.ts'
import { type SmtpSink, startSmtpSink } from '../../../../test/harness/smtp-sink.ts'
import { startStopwatch } from '../../../../test/harness/stopwatch.ts'
import type { OutboxMessage } from './outbox-wire.ts'

suite('copies in Sent', { skip: skipWithoutDovecot }, () => {
  let parts: OutboxParts
  let dovecot: Dovecot
  let imap: FaultProxy
  let smtp: FaultProxy
  let sink: SmtpSink

  before(async () => {
    parts = await startOutboxParts()
    dovecot = await startDovecot()
    sink = await startSmtpSink()
    imap = await startFaultProxy({ target: dovecot })
    smtp = await startFaultProxy({ target: sink, protocol: 'smtp' })
  })
  after(async () => {
    await parts.close()
    await Promise.all([imap.close(), smtp.close()])
    await Promise.all([dovecot.close(), sink.close()])
  })

  async function start(name: string): Promise<{ account: Account; user: MailUser }> {
    const user = dovecot.user(name)
    const login = { port: smtp.port, username: 'alice@example.test', password: 'secret' }
    return { account: await parts.addAccount({ port: imap.port, ...user }, login), user }
  }
  const send = async (account: Account): Promise<OutboxMessage> => {
    const message = await parts.write(account)
    await parts.startProcess().attend(account)
    return message
  }
  const copies = async (user: MailUser, folder = 'Sent') => {
    const client = await dovecot.connect(user)
    await client.mailboxOpen(folder, { readOnly: true })
    const found = await client.fetchAll('1:*', { source: true, flags: true, internalDate: true })
    await client.logout()
    return found
  }

  test('a copy of what was sent is filed as read, byte for byte, once', async () => {
    const { account, user } = await start('filed')
    const message = await send(account)
    const processes = [parts.startProcess(), parts.startProcess()]
    await Promise.all(processes.map((process) => process.file(account)))
    await parts.pass(7200)
    await processes[0]?.file(account)
    const [copy, ...more] = await copies(user)
    assert.equal(more.length, 0)
    assert.ok(copy?.flags?.has('\\Seen'))
    const received = sink.received.find(({ mime }) => mime.includes(message.message_id_header))
    assert.equal(copy?.source?.toString('latin1'), received?.mime)
    const parsed = await simpleParser(copy?.source ?? '')
    assert.equal(parsed.messageId, message.message_id_header)
  })

  test('19: a copy that the server has filed by itself stays the only one', async () => {
    const { account, user } = await start('bysmtp')
    const message = await send(account)
    await dovecot.deliver(user, `Message-ID: ${message.message_id_header}\n\nHi\n`, 'Sent', { flags: ['\\Seen'] })
    await parts.startProcess().file(account)
    assert.equal((await copies(user)).length, 1)
  })

  test('19: a filing that is cut off after the server took the copy makes no second one', async () => {
    const { account, user } = await start('cut')
    await send(account)
    const cut = imap.rules.add({ fault: 'cut', from: 'server', line: /APPENDUID/, moment: 'before' })
    await parts.startProcess().file(account)
    assert.equal(cut.hits, 1)
    assert.equal((await copies(user)).length, 1)
    await parts.pass(60)
    await parts.startProcess().file(account)
    assert.equal((await copies(user)).length, 1)
  })

  test('a server that is away gets its copy later; the message stays sent', async () => {
    const { account, user } = await start('away')
    const message = await send(account)
    imap.refuse()
    await parts.startProcess().file(account)
    assert.equal((await parts.view(account, message)).state, 'sent')
    assert.ok(Math.abs((await parts.secondsToNextAttempt(message)) - 30) < 3)
    await imap.accept()
    await parts.pass(60)
    await parts.startProcess().file(account)
    assert.equal((await copies(user)).length, 1)
  })

  test('a process that stops does not wait for a server that says nothing; the next one files the copy', async () => {
    const { account, user } = await start('silent')
    await send(account)
    imap.freeze()
    const connections = imap.connections.length
    const stopping = parts.startProcess()
    const filing = stopping.file(account)
    await eventually(() => assert.equal(imap.connections.length, connections + 1))
    const stopwatch = startStopwatch()
    await Promise.all([filing, stopping.stop()])
    assert.ok(stopwatch.elapsedMs() < 5_000, `It took ${Math.round(stopwatch.elapsedMs())} ms.`)
    imap.thaw()
    await parts.startProcess().file(account)
    assert.equal((await copies(user)).length, 1)
  })

  test('the folder that the sync knows as Sent is taken before any guess', async () => {
    const { account, user } = await start('known')
    const client = await dovecot.connect(user)
    await client.mailboxCreate('Gesendet')
    await parts.database
      .insertInto('mail_folder')
      .values({
        owner_id: account.ownerId,
        id: account.mailAccountId,
        mail_account_id: account.mailAccountId,
        path: 'Gesendet',
        name: 'Gesendet',
        role: 'sent',
      })
      .execute()
    await send(account)
    await parts.startProcess().file(account)
    assert.equal((await copies(user, 'Gesendet')).length, 1)
    assert.equal((await copies(user)).length, 0)
  })

  test('a cut-off message that is found in Sent was sent', async () => {
    const { account, user } = await start('proof')
    smtp.rules.add({ fault: 'cut', from: 'server', line: /queued as/, moment: 'before' })
    const message = await send(account)
    assert.equal((await parts.view(account, message)).state, 'transmitting')
    await dovecot.deliver(user, `Message-ID: ${message.message_id_header}\n\nHi\n`, 'Sent', { flags: ['\\Seen'] })
    await parts.pass(20)
    await parts.startProcess().attend(account)
    const found = await parts.view(account, message)
    assert.deepEqual([found.state, found.recipients[0]?.state], ['sent', 'accepted'])
    await parts.startProcess().file(account)
    assert.equal((await copies(user)).length, 1)
    assert.deepEqual(await parts.eventTypes(account), ['mail.message_sent'])
  })

  test('a cut-off message that is not there is looked for again while the server is away, then left to its owner', async () => {
    const { account, user } = await start('noproof')
    smtp.rules.add({ fault: 'cut', from: 'server', line: /queued as/, moment: 'before' })
    const message = await send(account)
    imap.refuse()
    await parts.pass(20)
    await parts.startProcess().attend(account)
    assert.equal((await parts.view(account, message)).state, 'transmitting')
    await imap.accept()
    await parts.pass(40)
    await parts.startProcess().attend(account)
    assert.equal((await parts.view(account, message)).state, 'unknown')
    assert.deepEqual(await parts.eventTypes(account), ['mail.message_send_unknown'])
    assert.equal((await copies(user)).length, 0)
    await eventually(() => assert.ok(imap.connections.every(({ isOpen }) => !isOpen)))
  })
})
