import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { type Dovecot, startDovecot } from './dovecot.ts'
import { eventually } from './eventually.ts'
import { connectImap } from './imap-client.ts'
import { skipWithoutDovecot } from './servers.ts'

const MESSAGE = 'From: bob@example.test\nTo: alice@example.test\nSubject: Hello\nMessage-ID: <1@example.test>\n\nHi.\n'

suite('private Dovecot', { skip: skipWithoutDovecot }, () => {
  let dovecot: Dovecot
  before(async () => {
    dovecot = await startDovecot()
  })
  after(() => dovecot.close())

  test('offers what mail sync builds on and the special-use folders', async () => {
    const client = await connectImap(dovecot, dovecot.user('alice'), { qresync: true })
    for (const name of ['IDLE', 'QRESYNC', 'MOVE', 'UIDPLUS', 'LIST-STATUS', 'NOTIFY', 'SPECIAL-USE']) {
      assert(client.capabilities.has(name), name)
    }
    assert(client.enabled.has('QRESYNC'))
    const folders = await client.list()
    assert.deepEqual(folders.map((folder) => folder.specialUse).sort(), [
      '\\Archive',
      '\\Drafts',
      '\\Inbox',
      '\\Junk',
      '\\Sent',
      '\\Trash',
    ])
    await client.logout()
  })

  test('a delivery reaches a session in IDLE', async () => {
    const user = dovecot.user('idle')
    const client = await connectImap(dovecot, user)
    const mailbox = await client.mailboxOpen('INBOX')
    const counts: number[] = []
    client.on('exists', ({ count }) => counts.push(count))
    void client.idle()
    await eventually(() => assert(client.idling))
    const uid = await dovecot.deliver(user, MESSAGE)
    assert.equal(uid, mailbox.uidNext)
    await eventually(() => assert.deepEqual(counts, [1]))
    await client.logout()
  })

  test('delivers into a folder that is not there yet, with flags and time, as a file of the Maildir', async () => {
    const user = dovecot.user('filed')
    const receivedAt = new Date('2020-02-29T12:00:00Z')
    await dovecot.deliver(user, MESSAGE, 'Projects/Ulti', { flags: ['\\Seen'], receivedAt })
    const client = await dovecot.connect(user)
    await client.mailboxOpen('Projects/Ulti')
    const message = await client.fetchOne('*', { flags: true, internalDate: true, source: true })
    assert(message)
    assert(message.flags?.has('\\Seen'))
    assert.equal(new Date(message.internalDate ?? 0).getTime(), receivedAt.getTime())
    assert.equal(message.source?.toString(), MESSAGE.replaceAll('\n', '\r\n'))
    assert.equal((await readdir(join(dovecot.maildirOf(user), '.Projects.Ulti', 'cur'))).length, 1)
  })

  test('speaks TLS and STARTTLS with a certificate that only those trust who were given it', async () => {
    const user = dovecot.user('tls')
    const tls = { ca: dovecot.certificate }
    const secure = { ...dovecot, port: dovecot.tlsPort }
    await (await connectImap(secure, user, { secure: true, tls })).logout()
    const upgraded = await connectImap(dovecot, user, { doSTARTTLS: true, tls })
    assert(upgraded.secureConnection)
    await upgraded.logout()
    await assert.rejects(connectImap(secure, user, { secure: true }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  test('takes only the current password, however often somebody was wrong before', async () => {
    const user = dovecot.user('changing')
    await (await connectImap(dovecot, user)).logout()
    const changed = dovecot.setPassword(user, 'x')
    for (let attempt = 0; attempt < 5; attempt++) await assert.rejects(connectImap(dovecot, user), /failed/)
    await (await connectImap(dovecot, changed)).logout()
  })

  test('has a new UIDVALIDITY on demand', async () => {
    const user = dovecot.user('renumbered')
    await dovecot.deliver(user, MESSAGE)
    const client = await dovecot.connect(user)
    await dovecot.doveadm('mailbox', 'update', '-u', user.username, '--uid-validity', '2000000000', 'INBOX')
    assert.equal((await client.mailboxOpen('INBOX')).uidValidity, 2_000_000_000n)
  })

  test('serves more sessions of one user than inotify and Dovecot allow by default', async () => {
    const user = dovecot.user('many')
    const clients = await Promise.all(Array.from({ length: 20 }, () => dovecot.connect(user)))
    assert(clients.every((client) => client.usable))
    for (const client of clients) client.close()
  })
})

suite('a Dovecot of one test', { skip: skipWithoutDovecot }, () => {
  test('survives kill -9 with its mail, on the same port', async (t) => {
    const dovecot = await startDovecot({ storage: 'sdbox' })
    t.after(() => dovecot.close())
    const user = dovecot.user('alice')
    const client = await dovecot.connect(user)
    const closed = new Promise((resolve) => client.once('close', () => resolve(true)))
    await dovecot.deliver(user, MESSAGE)
    await dovecot.kill()
    assert(await closed)
    await assert.rejects(connectImap(dovecot, user), { code: 'ECONNREFUSED' })
    await dovecot.restart()
    assert.equal(await dovecot.deliver(user, MESSAGE), 2)
  })

  test('hides capabilities', async (t) => {
    const dovecot = await startDovecot({ withoutCapabilities: ['QRESYNC', 'CONDSTORE'] })
    t.after(() => dovecot.close())
    const client = await dovecot.connect(dovecot.user('alice'))
    assert(!client.capabilities.has('QRESYNC') && !client.capabilities.has('CONDSTORE'))
    assert(client.capabilities.has('MOVE'))
    await dovecot.configure({ imap_capability: '' })
    assert((await dovecot.connect(dovecot.user('alice'))).capabilities.has('QRESYNC'))
  })
})
