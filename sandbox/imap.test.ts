import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { ImapFlow, type StatusQuery } from 'imapflow'
import { freePort } from '../test/harness/free-port.ts'
import { type SeedMessage, startImap } from './imap.ts'

/** Every byte but NUL, CR and LF, in a message that declares no charset. */
const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => ![0, 10, 13].includes(byte)))
const binary = Buffer.concat([
  Buffer.from('From: "Zoé" <zoe@example.org>\r\nSubject: caf\xe9 \x1b$B\r\nMessage-ID: <b@x>\r\n\r\n', 'latin1'),
  ...[bytes, Buffer.from('\r\n')],
])
const nested = Buffer.from(
  [
    'From: Ann <ann@example.org>, bob@example.org',
    'To: friends: carol@example.org, "Day, Dan" <dan@example.org>;',
    'Subject: =?utf-8?Q?R=C3=A9union?=',
    ' on Monday',
    'Date: Tue, 03 Nov 2026 10:00:00 +0100',
    'Message-ID: <nested@example.org>',
    'In-Reply-To: <first@example.org>',
    'Content-Type: multipart/mixed; boundary="out;er"',
    '',
    'preamble',
    '--out;er',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    '',
    'plain text',
    '--inner',
    'Content-Type: text/html; charset="utf-8"',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>html</p>',
    '--inner--',
    '--out;er',
    'Content-Type: message/rfc822',
    '',
    'Subject: inside',
    '',
    'inner text',
    '--out;er',
    'Content-Type: application/pdf; name="r=C3=A9.pdf"',
    'Content-Disposition: attachment; filename="a;b.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    'AAEC',
    '--out;er--',
    '',
  ].join('\r\n'),
)
const seedDate = new Date('2026-11-03T09:00:05Z')
const seed = async (): Promise<SeedMessage[]> => [
  { folder: 'INBOX', flags: ['\\Seen', '$Work'], internalDate: seedDate, raw: binary },
  { folder: 'INBOX', flags: [], internalDate: seedDate, raw: nested },
  { folder: 'Projects/Ulti', flags: [], internalDate: seedDate, raw: nested },
]

let home: string
let stateDir: string
let port: number
let imap: Awaited<ReturnType<typeof startImap>>
let client: ImapFlow

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'ulti-imap-'))
  port = await freePort()
})
beforeEach(async () => {
  stateDir = join(home, crypto.randomUUID())
  await start()
})
afterEach(stop)
after(() => rm(home, { recursive: true }))

async function start(dir = stateDir) {
  imap = await startImap({ port, user: 'alice', password: 'alice-mail', stateDir: dir, seed })
  client = await connect()
}

async function stop() {
  await client.logout()
  await imap.close()
}

async function connect(pass = 'alice-mail') {
  const auth = { user: 'alice', pass }
  const flow = new ImapFlow({ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, auth, logger: false })
  await flow.connect()
  return flow
}

async function listing(path: string) {
  await client.mailboxOpen(path)
  const messages = await client.fetchAll('1:*', { uid: true, flags: true, source: true, internalDate: true })
  return messages.map(({ uid, flags, source, internalDate, modseq }) => ({
    ...{ uid, modseq, date: new Date(internalDate ?? 0).toISOString(), source: source?.toString('latin1') },
    flags: [...(flags ?? [])].sort(),
  }))
}

async function status(path: string, query: StatusQuery) {
  const answer = await client.status(path, query)
  assert.ok(answer)
  return answer
}

test('a wrong password is refused as such', async () => {
  await assert.rejects(
    connect('bob-mail'),
    (error: { authenticationFailed?: boolean; serverResponseCode?: string }) => {
      assert.equal(error.authenticationFailed, true)
      assert.equal(error.serverResponseCode, 'AUTHENTICATIONFAILED')
      return true
    },
  )
})

test('the folders carry their special uses', async () => {
  const folders = await client.list()
  assert.deepEqual(Object.fromEntries(folders.map(({ path, specialUse }) => [path, specialUse])), {
    ...{ INBOX: '\\Inbox', Drafts: '\\Drafts', Sent: '\\Sent', Archive: '\\Archive', Junk: '\\Junk', Trash: '\\Trash' },
    ...{ Projects: undefined, 'Projects/Ulti': undefined },
  })
})

test('STATUS and SELECT agree', async () => {
  const counts = await status('INBOX', { messages: true, unseen: true, uidNext: true, uidValidity: true })
  const mailbox = await client.mailboxOpen('INBOX')
  assert.equal(counts.messages, 2)
  assert.equal(counts.unseen, 1)
  assert.equal(counts.uidNext, mailbox.uidNext)
  assert.equal(counts.uidValidity, mailbox.uidValidity)
  assert.equal(mailbox.highestModseq, 3n)
})

test('the bytes of a message come back as they went in', async () => {
  const [first] = await listing('INBOX')
  assert.equal(first?.source, binary.toString('latin1'))
  assert.equal(first?.date, seedDate.toISOString())
  assert.deepEqual(first?.flags, ['$Work', '\\Seen'])
  const message = await client.fetchOne('1', { envelope: true, headers: ['subject'] })
  assert.ok(message)
  assert.equal(message.headers?.toString('latin1'), 'Subject: caf\xe9 \x1b$B\r\n\r\n')
  assert.equal(message.envelope?.from?.[0]?.address, 'zoe@example.org')
})

test('a nested message is described and every part can be fetched', async () => {
  await client.mailboxOpen('INBOX')
  const parts = ['1.1', '1.2', '1.2.mime', '2', '2.header', '2.text', '3', '9']
  const message = await client.fetchOne('*', { envelope: true, bodyStructure: true, bodyParts: parts, size: true })
  assert.ok(message)
  const { envelope, bodyStructure, bodyParts } = message
  assert.equal(message.size, nested.length)
  assert.equal(envelope?.subject, 'Réunion on Monday')
  assert.equal(envelope?.messageId, '<nested@example.org>')
  assert.equal(envelope?.inReplyTo, '<first@example.org>')
  assert.deepEqual(
    envelope?.from?.map(({ address }) => address),
    ['ann@example.org', 'bob@example.org'],
  )
  assert.deepEqual(
    envelope?.to?.map(({ name, address }) => [name, address]).filter(([, address]) => address),
    [
      ['', 'carol@example.org'],
      ['Day, Dan', 'dan@example.org'],
    ],
  )
  assert.equal(bodyStructure?.type, 'multipart/mixed')
  const [alternative, inner, pdf] = bodyStructure?.childNodes ?? []
  assert.deepEqual(
    alternative?.childNodes?.map(({ part, type }) => [part, type]),
    [
      ['1.1', 'text/plain'],
      ['1.2', 'text/html'],
    ],
  )
  assert.equal(alternative?.childNodes?.[1]?.encoding, 'quoted-printable')
  assert.equal(inner?.type, 'message/rfc822')
  assert.equal(inner?.envelope?.subject, 'inside')
  assert.equal(pdf?.disposition, 'attachment')
  assert.equal(pdf?.dispositionParameters?.filename, 'a;b.pdf')
  const texts = Object.fromEntries([...(bodyParts ?? [])].map(([name, content]) => [name, content?.toString()]))
  assert.deepEqual(
    { ...texts, 9: undefined },
    {
      ...{
        '1.1': 'plain text',
        '1.2': '<p>html</p>',
        '2': 'Subject: inside\r\n\r\ninner text',
        '3': 'AAEC',
        9: undefined,
      },
      '1.2.mime': 'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
      ...{ '2.header': 'Subject: inside\r\n\r\n', '2.text': 'inner text' },
    },
  )
})

test('a partial fetch gives the same part of each message', async () => {
  await client.mailboxOpen('INBOX')
  const starts = await client.fetchAll('1:*', { source: { start: 6, maxLength: 4 } })
  assert.deepEqual(
    starts.map(({ source }) => source),
    [binary.subarray(6, 10), nested.subarray(6, 10)],
  )
})

test('flags, copies, moves, appends and deletions are carried out and numbered', async () => {
  await client.mailboxOpen('INBOX')
  assert.ok(await client.messageFlagsAdd('2', ['\\Flagged', '$Later'], { uid: true }))
  const copied = await client.messageCopy('1:2', 'Archive', { uid: true })
  assert.ok(copied)
  assert.deepEqual(
    [...(copied.uidMap ?? [])],
    [
      [1, 1],
      [2, 2],
    ],
  )
  const moved = await client.messageMove('2', 'Projects', { uid: true })
  assert.ok(moved)
  assert.deepEqual([...(moved.uidMap ?? [])], [[2, 1]])
  const appended = await client.append('Sent', binary, ['\\Seen'], new Date('2026-01-02T03:04:05Z'))
  assert.ok(appended)
  assert.equal(appended.uid, 1)
  assert.ok(await client.messageDelete('1', { uid: true }))
  assert.deepEqual(await listing('INBOX'), [])
  assert.deepEqual(
    (await listing('Projects')).map(({ flags }) => flags),
    [['$Later', '\\Flagged']],
  )
  assert.deepEqual(
    (await listing('Sent')).map(({ date, source }) => [date, source]),
    [['2026-01-02T03:04:05.000Z', binary.toString('latin1')]],
  )
})

test('only what changed since a mod-sequence is fetched', async () => {
  const mailbox = await client.mailboxOpen('INBOX')
  const before = mailbox.highestModseq ?? 0n
  await client.messageFlagsAdd('2', ['\\Answered'], { uid: true })
  const changed = await client.fetchAll('1:*', { uid: true, flags: true }, { uid: true, changedSince: before })
  assert.deepEqual(
    changed.map(({ uid }) => uid),
    [2],
  )
  assert.ok((changed[0]?.modseq ?? 0n) > before)
  const { highestModseq } = await status('INBOX', { highestModseq: true })
  assert.equal(highestModseq, changed[0]?.modseq)
})

test('a search finds by header, flag and UID, and answers when there is nothing', async () => {
  await client.mailboxOpen('INBOX')
  assert.deepEqual(await client.search({ header: { 'message-id': '<nested@example.org>' } }, { uid: true }), [2])
  assert.deepEqual(await client.search({ seen: true }, { uid: true }), [1])
  assert.deepEqual(await client.search({ uid: '2:*' }, { uid: true }), [2])
  assert.deepEqual(await client.search({ subject: 'nowhere' }, { uid: true }), [])
})

test('delivered mail and the changes of another session reach an idle client at once', async () => {
  await client.mailboxOpen('INBOX')
  const idling = client.idle()
  const exists = once(client, 'exists')
  imap.deliver(nested)
  assert.equal((await exists)[0].count, 3)
  const other = await connect()
  await other.mailboxOpen('INBOX')
  const flags = once(client, 'flags')
  await other.messageFlagsAdd('3', ['\\Seen'], { uid: true })
  assert.deepEqual([...(await flags)[0].flags], ['\\Seen'])
  const expunge = once(client, 'expunge')
  await other.messageDelete('1', { uid: true })
  assert.equal((await expunge)[0].seq, 1)
  await other.logout()
  await client.noop()
  await idling
})

test('after a clean restart everything is as it was', async () => {
  await client.mailboxOpen('INBOX')
  await client.messageFlagsAdd('2', ['\\Flagged'], { uid: true })
  await client.messageMove('1', 'Archive', { uid: true })
  await client.mailboxCreate('Projects/Été')
  const query = { uidNext: true, uidValidity: true, highestModseq: true }
  const before = [await listing('INBOX'), await listing('Archive'), await status('INBOX', query)]
  const folders = (await client.list()).map(({ path, specialUse }) => [path, specialUse]).sort()
  await stop()
  await start()
  assert.deepEqual([await listing('INBOX'), await listing('Archive'), await status('INBOX', query)], before)
  assert.deepEqual((await client.list()).map(({ path, specialUse }) => [path, specialUse]).sort(), folders)
})

test('after an unclean stop every folder has a new UIDVALIDITY and its messages', async () => {
  const before = await status('INBOX', { uidValidity: true })
  const messages = await listing('INBOX')
  // What a kill -9 would leave: the state as it is while the server runs.
  const killed = join(home, crypto.randomUUID())
  await cp(stateDir, killed, { recursive: true })
  await stop()
  await start(killed)
  const after = await status('INBOX', { uidValidity: true })
  assert.ok((after.uidValidity ?? 0n) > (before.uidValidity ?? 0n))
  assert.deepEqual(await listing('INBOX'), messages)
})

test('a folder made anew under an old name has another UIDVALIDITY', async () => {
  await client.mailboxCreate('Draft ideas')
  const first = await status('Draft ideas', { uidValidity: true })
  await client.mailboxDelete('Draft ideas')
  await client.mailboxCreate('Draft ideas')
  assert.notEqual((await status('Draft ideas', { uidValidity: true })).uidValidity, first.uidValidity)
})
