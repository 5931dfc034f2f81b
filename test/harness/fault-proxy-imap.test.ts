import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import type { ImapFlow, StatusObject } from 'imapflow'
import { type Dovecot, startDovecot } from './dovecot.ts'
import { eventually } from './eventually.ts'
import { changedUidValidity, type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { connectImap } from './imap-client.ts'
import { skipWithoutDovecot } from './servers.ts'

/** Its body looks like responses and like the announcement of a literal. */
const MESSAGE = 'Subject: Hello\r\n\r\n* OK [UIDVALIDITY 5] body {100}\r\nA1 OK done\r\n'

async function statusOf(client: ImapFlow, folder: string): Promise<StatusObject> {
  const status = await client.status(folder, { messages: true, uidValidity: true })
  assert(status)
  return status
}

suite('fault proxy before Dovecot', { skip: skipWithoutDovecot }, () => {
  let dovecot: Dovecot
  let proxy: FaultProxy
  before(async () => {
    dovecot = await startDovecot()
    proxy = await startFaultProxy({ target: dovecot })
  })
  after(async () => {
    await proxy.close()
    await dovecot.close()
  })
  beforeEach(() => {
    proxy.rules.clear()
    proxy.forgetTranscript()
  })
  const login = async (name: string) => connectImap(proxy, dovecot.user(name))

  test('counts commands, and takes nothing of a message for a line', async () => {
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /body/, to: 'BODY' })
    proxy.rules.add({ fault: 'cut', from: 'client', line: /^A1 OK/ })
    const client = await login('counting')
    await client.append('INBOX', MESSAGE)
    await client.mailboxOpen('INBOX')
    const message = await client.fetchOne('1', { source: true })
    assert(message)
    assert.equal(message.source?.toString(), MESSAGE)
    assert.equal(proxy.commands(/^APPEND /).length, 1)
    assert.equal(proxy.commands(/FETCH /).length, 1)
    assert.equal(proxy.commands(/body/).length, 0)
    client.close()
  })

  test('answers a command with its tag, also one that brings a literal, and the session goes on', async () => {
    const client = await login('limited')
    await client.mailboxOpen('INBOX')
    const limit = 'NO [LIMIT] Rate limit hit.'
    const rule = proxy.rules.add({ fault: 'answer', command: /^(APPEND|STATUS)/, answer: limit, repeat: 'always' })
    await assert.rejects(client.append('INBOX', MESSAGE), { serverResponseCode: 'LIMIT' })
    assert.equal(await client.status('Sent', { messages: true }), false)
    assert.equal(rule.hits, 2)
    rule.remove()
    assert.equal((await statusOf(client, 'INBOX')).messages, 0)
    client.close()
  })

  test('goes on after the server itself refused a literal', async () => {
    const client = await login('refused')
    // Without LITERAL+ the client waits for the server's word before it sends the octets.
    client.capabilities.delete('LITERAL+')
    await assert.rejects(client.append('Nowhere', MESSAGE), { serverResponseCode: 'TRYCREATE' })
    await client.append('INBOX', MESSAGE)
    const marked = proxy.rules.add({ fault: 'rewrite', from: 'client', line: /INBOX/, to: 'Sent' })
    assert.equal((await statusOf(client, 'INBOX')).messages, 0)
    assert.equal(marked.hits, 1)
    client.close()
  })

  test('changes UIDVALIDITY wherever the server tells it', async () => {
    const client = await login('renumbered')
    for (const rule of changedUidValidity(4_000_000_000)) proxy.rules.add(rule)
    const appended = await client.append('INBOX', MESSAGE)
    assert(appended)
    assert.equal(appended.uidValidity, 4_000_000_000n)
    assert.equal((await statusOf(client, 'INBOX')).uidValidity, 4_000_000_000n)
    assert.equal((await client.mailboxOpen('INBOX')).uidValidity, 4_000_000_000n)
    client.close()
  })

  test('says BYE in IDLE and hangs up', async () => {
    const client = await login('idle')
    await client.mailboxOpen('INBOX')
    const bye = '* BYE [UNAVAILABLE] Suggested Backoff Time: 1000 ms\r\n'
    proxy.rules.add({ fault: 'inject', from: 'server', line: /^\+ idling/, text: bye })
    proxy.rules.add({ fault: 'cut', from: 'server', line: /^\+ idling/ })
    let isClosed = false
    client.once('close', () => {
      isClosed = true
    })
    client.idle().catch(() => undefined)
    await eventually(() => assert(isClosed))
  })

  test('cuts inside of a message', async () => {
    const client = await login('cut')
    await client.append('INBOX', MESSAGE)
    await client.mailboxOpen('INBOX')
    proxy.rules.add({ fault: 'cut', from: 'server', line: /BODY\[\]/, bytes: 10 })
    const connection = proxy.connections.at(-1)
    await assert.rejects(client.fetchOne('1', { source: true }))
    await eventually(() => assert(connection && !connection.isOpen))
  })

  test('leaves TLS and STARTTLS alone, yet can cut them', async () => {
    const user = dovecot.user('tls')
    const tls = { ca: dovecot.certificate }
    const upgraded = await connectImap(proxy, user, { doSTARTTLS: true, tls })
    await upgraded.mailboxOpen('INBOX')
    assert.deepEqual(proxy.commands(/SELECT|LOGIN|AUTHENTICATE/), [])
    upgraded.close()

    const secure = await startFaultProxy({ target: { host: dovecot.host, port: dovecot.tlsPort } })
    const client = await connectImap(secure, user, { secure: true, tls })
    assert((await client.list()).length > 0)
    secure.rules.add({ fault: 'cut', from: 'server', bytes: 50 })
    await assert.rejects(client.list())
    await secure.close()
  })
})
