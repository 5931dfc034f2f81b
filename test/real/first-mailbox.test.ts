import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import {
  type Folder,
  type Installation,
  type Person,
  type Summary,
  startInstallation,
} from '../fixtures/installation.ts'
import { plainLetter, richLetter } from '../fixtures/letters.ts'
import { type MailServers, startMailServers } from '../fixtures/mail-servers.ts'
import type { MailUser } from '../harness/dovecot-users.ts'
import { eventually } from '../harness/eventually.ts'
import type { Ultid } from '../harness/processes.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'
import { startStopwatch } from '../harness/stopwatch.ts'

type Message = Summary & {
  body: { state: string; text: string | null; html: string | null; blocked_remote_images: number }
  attachments: { id: string; filename: string; content_type: string; is_inline: boolean }[]
}
type Sent = { id: string; state: string; message_id_header: string; recipients: { email: string; state: string }[] }
type Found = { items: { type: string; id: string; title: string; excerpt: string }[] }

suite('a mailbox, from connecting to forgetting it', { skip: skipWithoutDovecot }, () => {
  let servers: MailServers
  let installation: Installation
  let node: Ultid

  before(async () => {
    servers = await startMailServers()
    installation = await startInstallation(servers.trust)
    node = await installation.node()
  })
  after(async () => {
    await installation.close()
    await servers.close()
  })

  /** Somebody whose mailbox, with `letters` in its INBOX, is connected and synced. */
  async function mailboxOf(name: string, letters: Buffer[] = []) {
    const user = servers.dovecot.user(name)
    for (const letter of letters) await servers.dovecot.deliver(user, letter)
    const person = installation.person(name, node)
    const account = await person.connect(servers.accountOf(user))
    await person.synced(account)
    return { user, person, account, inbox: await person.folder('INBOX') }
  }
  const flagsOf = async (user: MailUser, folder: string, subject: string): Promise<string[] | undefined> => {
    const client = await servers.dovecot.connect(user)
    await client.mailboxOpen(folder, { readOnly: true })
    const found = await client.fetchAll('1:*', { flags: true, envelope: true })
    await client.logout()
    const message = found.find(({ envelope }) => envelope?.subject === subject)
    return message && [...(message.flags ?? [])].filter((flag) => flag !== '\\Recent').sort()
  }
  const messageIn = async (person: Person, folder: { id: string }, subject: string): Promise<Summary> => {
    const message = (await person.messages(folder)).find((one) => one.subject === subject)
    assert(message, `The folder has no message "${subject}".`)
    return message
  }

  test('an old mailbox is connected over TLS, told as progress only, and paged through whole', async () => {
    const user = servers.dovecot.user('old')
    for (let at = 0; at < 300; at++) {
      const receivedAt = new Date(Date.UTC(2026, 0, 1) + at * 60_000)
      const flags = at % 4 === 0 ? ['\\Seen'] : []
      await servers.dovecot.deliver(user, plainLetter({ subject: `old ${at}` }), at % 3 ? 'INBOX' : 'Plans/2026', {
        flags,
        receivedAt,
      })
    }
    const person = installation.person('old', node)
    const { events } = await person.socket()
    const account = await person.connect(
      servers.accountOf(user, {
        imap: { port: servers.dovecot.tlsPort, security: 'tls' },
        smtp: { host: 'localhost', security: 'starttls' },
      }),
    )
    const { sync } = await person.synced(account)
    assert.deepEqual([sync.messages_done, sync.messages_total], [300, 300])
    assert.notEqual(sync.last_synced_at, null)
    assert.equal((await person.get<{ items: unknown[] }>('/api/v1/mail/accounts')).items.length, 1)

    const folders = await person.all<Folder>('/api/v1/mail/folders')
    assert.deepEqual(
      folders.map(({ path, role }) => [path, role]),
      [
        ['INBOX', 'inbox'],
        ['Drafts', 'drafts'],
        ['Sent', 'sent'],
        ['Archive', 'archive'],
        ['Junk', 'junk'],
        ['Trash', 'trash'],
        ...folders.slice(6).map(({ path }) => [path, null]),
      ],
    )
    const [inbox, plans] = [await person.folder('INBOX'), await person.folder('Plans/2026')]
    assert.deepEqual([inbox.total_count, inbox.unread_count, plans.total_count], [200, 150, 100])
    const messages = await person.all<Summary>(`/api/v1/mail/messages?folder_id=${inbox.id}&limit=37`)
    const expected = Array.from({ length: 300 }, (_, at) => at).filter((at) => at % 3)
    assert.deepEqual(
      messages.map(({ subject }) => subject),
      expected.reverse().map((at) => `old ${at}`),
    )
    await eventually(() => assert(events().some(({ type, data }) => isSynced(type, data))))
    const told = new Set(events().map(({ type }) => type))
    assert(told.has('mail.account_sync_progressed'))
    assert(!told.has('mail.message_created'))
  })

  test('a message is shown with text, harmless HTML, its source and its attachment byte by byte', async () => {
    const bytes = randomBytes(300_000)
    const source = richLetter({
      subject: 'Plans',
      text: 'See the plans.',
      html: '<p onclick="steal()">See <b>the plans</b>.</p><script>steal()</script><img src="https://spy.example/x.png">',
      attachment: { filename: 'plans.bin', bytes },
    })
    const { person, inbox } = await mailboxOf('reader', [source])
    const { id } = await messageIn(person, inbox, 'Plans')
    const message = await eventually(async () => {
      const shown = await person.get<Message>(`/api/v1/mail/messages/${id}`)
      assert.equal(shown.body.state, 'stored')
      return shown
    })
    assert.equal(message.body.text?.trim(), 'See the plans.')
    assert.match(message.body.html ?? '', /<b>the plans<\/b>/)
    assert.doesNotMatch(message.body.html ?? '', /steal|script|onclick|[^-]src=/)
    assert.equal(message.body.blocked_remote_images, 1)

    const raw = await person.request('GET', `/api/v1/mail/messages/${id}/raw`)
    assert.equal(raw.status, 200)
    assert.deepEqual(Buffer.from(await raw.arrayBuffer()), source)
    const [attachment, ...others] = message.attachments
    assert.deepEqual([attachment?.filename, others.length], ['plans.bin', 0])
    const file = await person.request('GET', `/api/v1/mail/messages/${id}/attachments/${attachment?.id}`)
    assert.equal(file.status, 200)
    assert.match(file.headers.get('content-disposition') ?? '', /attachment;.*plans\.bin/)
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), bytes)
  })

  test('what is read, starred and moved here is so on the server, and the other way round', async () => {
    const { user, person, inbox } = await mailboxOf('changer', [plainLetter({ subject: 'mine' })])
    const { events } = await person.socket()
    const archive = await person.folder('Archive')
    const { id } = await messageIn(person, inbox, 'mine')
    const change = (body: object) => person.call<Summary>(200, 'PATCH', `/api/v1/mail/messages/${id}`, { body })

    assert.equal((await change({ is_read: true, is_starred: true })).is_read, true)
    await eventually(async () => assert.deepEqual(await flagsOf(user, 'INBOX', 'mine'), ['\\Flagged', '\\Seen']))
    assert.equal((await change({ is_starred: false, folder_id: archive.id })).folder_id, archive.id)
    await eventually(async () => assert.deepEqual(await flagsOf(user, 'Archive', 'mine'), ['\\Seen']))
    assert.equal(await flagsOf(user, 'INBOX', 'mine'), undefined)
    assert.deepEqual(await person.messages(inbox), [])
    await change({ folder_id: inbox.id })
    await eventually(async () => assert.deepEqual(await flagsOf(user, 'INBOX', 'mine'), ['\\Seen']))

    const program = await servers.dovecot.connect(user)
    await program.mailboxOpen('INBOX')
    await program.messageFlagsRemove('1', ['\\Seen'])
    await program.messageFlagsAdd('1', ['\\Flagged'])
    await eventually(async () => {
      const { is_read, is_starred } = await messageIn(person, inbox, 'mine')
      assert.deepEqual([is_read, is_starred], [false, true])
    })
    await program.messageMove('1', 'Archive')
    const moved = await eventually(() => messageIn(person, archive, 'mine'))
    assert.equal(moved.id, id)
    assert.deepEqual(
      events().filter(({ type }) => type === 'mail.message_created' || type === 'mail.message_deleted'),
      [],
    )
  })

  test('a delivery is told over /ws within a second and lies in the list then', async () => {
    const { user, person, inbox, account } = await mailboxOf('waiter')
    const { events } = await person.socket()
    for (const subject of ['first', 'second']) {
      await servers.dovecot.deliver(user, plainLetter({ subject }))
      const sinceDelivery = startStopwatch()
      const created = await eventually(
        () => {
          const event = events().find(({ type, data }) => type === 'mail.message_created' && data?.subject === subject)
          assert(event, `Nothing was told of "${subject}".`)
          return event
        },
        { everyMs: 5 },
      )
      const delay = sinceDelivery.elapsedMs()
      assert(delay < 1_000, `It took ${Math.round(delay)} ms.`)
      assert.equal(created.data?.mail_account_id, account.id)
      assert.equal((await messageIn(person, inbox, subject)).id, created.data?.message_id)
    }
  })

  test('a message sent, and sent again under its key, arrives once and lies in Sent once', async () => {
    const [sender, recipient] = [await mailboxOf('sender'), await mailboxOf('recipient')]
    const body = {
      mail_account_id: sender.account.id,
      to: [{ name: 'The Recipient', email: recipient.user.username }],
      subject: 'Grüße aus Köln',
      text: 'Ein Gruß.\n.\nUnd noch einer.',
      undo_seconds: 0,
    }
    const headers = { 'idempotency-key': 'a key of this test' }
    const send = () => sender.person.call<Sent>(202, 'POST', '/api/v1/mail/messages', { body, headers })
    const answers = [...(await Promise.all([send(), send(), send()])), await send()]
    const [first] = answers
    assert(first)
    for (const answer of answers) assert.deepEqual(answer, first)

    const sent = await eventually(async () => {
      const shown = await sender.person.get<Sent>(`/api/v1/mail/outbox/${first.id}`)
      assert.equal(shown.state, 'sent')
      return shown
    })
    assert.deepEqual(
      sent.recipients.map(({ email, state }) => [email, state]),
      [[recipient.user.username, 'accepted']],
    )
    const arrived = await eventually(() => messageIn(recipient.person, recipient.inbox, body.subject))
    const shown = await recipient.person.get<Message>(`/api/v1/mail/messages/${arrived.id}`)
    assert.equal(shown.body.text?.replaceAll('\r', '').trim(), body.text)
    const copies = await sender.person.folder('Sent')
    await eventually(() => messageIn(sender.person, copies, body.subject))
    assert.deepEqual((await send()).id, first.id)
    assert.equal((await sender.person.all('/api/v1/mail/outbox')).length, 1)
    assert.equal((await recipient.person.messages(recipient.inbox)).length, 1)
    assert.equal(servers.accepted(sent.message_id_header).length, 1)
    assert.equal(await servers.count(recipient.user, 'INBOX', sent.message_id_header), 1)
    assert.equal(await servers.count(sender.user, 'Sent', sent.message_id_header), 1)
    const { status } = await sender.person.request('POST', '/api/v1/mail/messages', {
      body: { ...body, subject: 'Something else' },
      headers,
    })
    assert.equal(status, 422)
  })

  test('a search finds words of the subject, of the text and of the sender', async () => {
    const letters = [
      plainLetter({ subject: 'Ferry to Helgoland', text: 'It leaves at noon.' }),
      plainLetter({ subject: 'Something else', text: 'Bring the zitherstring and the marmalade.' }),
    ]
    const { person } = await mailboxOf('searcher', letters)
    const titles = async (q: string) =>
      (await person.get<Found>(`/api/v1/search?q=${encodeURIComponent(q)}`)).items.map(({ title }) => title)
    await eventually(async () => assert.deepEqual(await titles('zitherstring'), ['Something else']))
    await eventually(async () => assert.deepEqual(await titles('helgoland'), ['Ferry to Helgoland']))
    assert.deepEqual((await titles('builder')).length, 2)
    assert.deepEqual(await titles('nowhere'), [])
  })

  test('of a mailbox that was disconnected nothing is visible, and its server keeps everything', async () => {
    const source = richLetter({
      subject: 'Forget me',
      html: '<p>Forget me</p>',
      attachment: { filename: 'a.bin', bytes: Buffer.from('abc') },
    })
    const { user, person, account, inbox } = await mailboxOf('leaver', [source])
    const { id } = await messageIn(person, inbox, 'Forget me')
    const { attachments } = await person.get<Message>(`/api/v1/mail/messages/${id}`)
    const { events } = await person.socket()
    await person.call(204, 'DELETE', `/api/v1/mail/accounts/${account.id}`)

    for (const list of ['accounts', 'folders', 'outbox']) {
      assert.deepEqual(await person.all(`/api/v1/mail/${list}`), [])
    }
    const message = `/api/v1/mail/messages/${id}`
    const gone = [
      ['GET', `/api/v1/mail/accounts/${account.id}`],
      ['GET', `/api/v1/mail/messages?folder_id=${inbox.id}`],
      ['GET', `/api/v1/mail/folders?mail_account_id=${account.id}`],
      ...[message, `${message}/raw`, `${message}/attachments/${attachments[0]?.id}`].map((path) => ['GET', path]),
      ['DELETE', `/api/v1/mail/accounts/${account.id}`],
    ] as const
    for (const [method = '', path = ''] of gone) {
      const { code } = await person.call<{ code: string }>(404, method, path)
      assert.equal(code, 'not_found')
    }
    assert.deepEqual((await person.get<Found>('/api/v1/search?q=forget')).items, [])
    await eventually(() => assert.equal(events().at(-1)?.type, 'mail.account_deleted'))
    assert.deepEqual(await flagsOf(user, 'INBOX', 'Forget me'), [])
    const again = await person.connect(servers.accountOf(user))
    await person.synced(again)
    assert.equal((await person.messages(await person.folder('INBOX'))).length, 1)
  })
})

const isSynced = (type: string, data: { [key: string]: unknown } | undefined): boolean =>
  type === 'mail.account_updated' && data?.state === 'synced'
