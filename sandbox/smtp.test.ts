import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import { simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import { freePort } from '../test/harness/free-port.ts'
import { startImap } from './imap.ts'
import { startSmtp } from './smtp.ts'
import { demoUsers } from './users.ts'

let home: string
let smtpPort: number
const imapPorts = new Map<string, number>()
const servers: { close(): Promise<void> }[] = []

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'ulti-smtp-'))
  const inboxes = new Map<string, Awaited<ReturnType<typeof startImap>>>()
  for (const { name, mailPassword } of demoUsers) {
    const port = await freePort()
    const imap = await startImap({ port, user: name, password: mailPassword, stateDir: join(home, name) })
    imapPorts.set(name, port)
    inboxes.set(name, imap)
    servers.push(imap)
  }
  smtpPort = await freePort()
  const smtp = await startSmtp({
    port: smtpPort,
    deliver: (user, raw) => inboxes.get(user.name)?.deliver(raw),
    maxBytes: 50_000,
  })
  servers.unshift(smtp)
})
after(async () => {
  for (const server of servers) await server.close()
  await rm(home, { recursive: true })
})

function transport(user: string, pass = `${user}-mail`) {
  return createTransport({ host: '127.0.0.1', port: smtpPort, secure: false, ignoreTLS: true, auth: { user, pass } })
}

/** Every message of the user's INBOX. */
async function inbox(user: string): Promise<Buffer[]> {
  const auth = { user, pass: `${user}-mail` }
  const port = imapPorts.get(user) ?? 0
  const client = new ImapFlow({ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, auth, logger: false })
  await client.connect()
  await client.mailboxOpen('INBOX')
  const messages = await client.fetchAll('1:*', { source: true })
  await client.logout()
  return messages.map(({ source }) => source ?? Buffer.alloc(0))
}

test('what alice sends to bob and carol is in their inboxes, traced and otherwise unchanged', async () => {
  const raw = Buffer.from(
    'From: alice@ulti.example\r\nTo: bob@ulti.example\r\nSubject: été\r\n\r\n.dot\r\nGrüße \xff\r\n',
  )
  const envelope = { from: 'alice@ulti.example', to: ['Bob+shop@ulti.example', 'carol@ulti.example'] }
  const sent = await transport('alice').sendMail({ envelope, raw })
  assert.match(sent.response, /^250/)
  for (const user of ['bob', 'carol']) {
    const [message] = await inbox(user)
    assert.ok(message)
    assert.ok(message.subarray(-raw.length).equals(raw))
    const trace = message.subarray(0, -raw.length).toString()
    assert.match(trace, /^Return-Path: <alice@ulti\.example>\r\nReceived: from .*\r\n\tby sandbox\.ulti\.example/)
  }
  assert.deepEqual(await inbox('alice'), [])
})

test('mail to an unknown address comes back as a delivery status notification', async () => {
  const message = { from: 'carol@ulti.example', to: 'someone@example.org', subject: 'Hello', text: 'Hi' }
  const { messageId } = await transport('carol').sendMail(message)
  const raw = (await inbox('carol')).at(-1)
  assert.ok(raw)
  const bounce = await simpleParser(raw)
  assert.equal(bounce.inReplyTo, messageId)
  assert.match(bounce.text ?? '', /someone@example\.org/)
  assert.match(bounce.text ?? '', /delivers to alice, bob and carol/)
  assert.match(raw.toString(), /Final-Recipient: rfc822; someone@example\.org\r\nAction: failed/)
})

test('a wrong password is answered 535 and an oversized message 552', async () => {
  const message = { from: 'alice@ulti.example', to: 'bob@ulti.example', text: 'x' }
  await assert.rejects(transport('alice', 'bob-mail').sendMail(message), { responseCode: 535 })
  const before = (await inbox('bob')).length
  await assert.rejects(transport('alice').sendMail({ ...message, text: 'x'.repeat(60_000) }), { responseCode: 552 })
  assert.equal((await inbox('bob')).length, before)
})

test('an address that is not ASCII is taken by SMTPUTF8', async () => {
  const message = { from: 'bob@ulti.example', to: 'zoë@example.org', text: 'Salut' }
  await transport('bob').sendMail(message)
  assert.match((await inbox('bob')).at(-1)?.toString() ?? '', /Final-Recipient: utf-8; zoë@example\.org/)
})
