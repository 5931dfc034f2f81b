import assert from 'node:assert/strict'
import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { createDatabase } from '../../src/platform/database/database.ts'
import { type MailServers, startMailServers } from '../fixtures/mail-servers.ts'
import { nastyMail } from '../fixtures/nasty-mail/nasty-mail.ts'
import { startTestApp, type TestApp } from '../harness/app.ts'
import type { Dovecot } from '../harness/dovecot.ts'
import { mailOwner } from '../harness/dovecot-config.ts'
import type { MailUser } from '../harness/dovecot-users.ts'
import { eventually } from '../harness/eventually.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'
import { startStopwatch } from '../harness/stopwatch.ts'

type Summary = {
  id: string
  subject: string
  from: { name: string; email: string }
  received_at: string
  sent_at: string | null
}
type Message = Summary & { body: { state: string }; attachments: { id: string; size_bytes: number }[] }

/** Opening a message, its HTML made harmless, takes at most this long. */
const openWithinMs = 2_000
/** Of ten thousand parts the first tell enough. */
const openedAttachments = 3

suite('mail that is broken, absurd or made to harm', { skip: skipWithoutDovecot }, () => {
  let servers: MailServers
  let app: TestApp
  let listed: Summary[]
  /** The name of each message by its id, and what its server says are its bytes. */
  const known = new Map<string, { name: string; source: Buffer }>()
  const get = (path: string) => app.request('GET', `/api/v1/${path}`, { as: 'alice' })

  before(async () => {
    servers = await startMailServers()
    const user = servers.dovecot.user('alice')
    await store(servers.dovecot, user)
    app = await startTestApp({ ULTID_ROLES: 'api,sync' })
    await app.request('POST', '/api/v1/mail/accounts', { as: 'alice', body: servers.accountOf(user) })
  })
  after(async () => {
    await app.close()
    await servers.close()
  })

  test('a sync of it ends, and lists each message once, fit to be shown', async () => {
    await eventually(
      async () => {
        const { body } = await get('mail/accounts')
        assert.equal(body.items[0].state, 'synced', body.items[0].error_message)
      },
      { timeoutMs: 60_000 },
    )
    listed = await listAll()
    assert.equal(listed.length, nastyMail.length)
    assert.equal(new Set(listed.map(({ id }) => id)).size, listed.length)
    await identify(listed)
    for (const message of listed) assertFit(message)
  })

  test('each gets a body or is given up, and a row to be searched by', async () => {
    const { database, close } = openOf(app)
    await eventually(
      async () => {
        const rows = await database.selectFrom('mail_message').select(['id', 'body_state']).execute()
        const open = rows.filter(({ body_state }) => !['stored', 'failed'].includes(body_state))
        assert.deepEqual(
          open.map(({ id }) => known.get(id)?.name),
          [],
        )
        const words = await database.selectFrom('mail_search').select('message_id').execute()
        const found = new Set(words.map((row) => row.message_id))
        assert.deepEqual(
          rows.filter(({ id }) => !found.has(id)).map(({ id }) => known.get(id)?.name),
          [],
        )
      },
      { timeoutMs: 60_000 },
    ).finally(close)
  })

  test('each opens within two seconds, its source and its attachments too', async () => {
    for (const { id } of listed) {
      const { name, source } = expectedOf(id)
      const stopwatch = startStopwatch()
      const answer = await get(`mail/messages/${id}`)
      const took = stopwatch.elapsedMs()
      assert.equal(answer.status, 200, name)
      assert(took < openWithinMs, `${name} took ${took.toFixed()} ms`)
      const message: Message = answer.body
      assert(['stored', 'failed'].includes(message.body.state), `${name}: ${message.body.state}`)
      assert((await download(`${id}/raw`)).equals(source), `${name}: the source differs`)
      for (const { id: part } of message.attachments.slice(0, openedAttachments)) {
        await download(`${id}/attachments/${part}`, name)
      }
    }
  })

  test('what can be read of it is found', async () => {
    for (const [word, name] of [
      ['headless', 'no header'],
      ['mallory', 'boundary in the preamble'],
      ['nested', 'nested 5,000 deep'],
      ['tower', '50,000 nested elements'],
      ['Köln', '8-bit Latin-1'],
    ] as const) {
      const { status, body } = await get(`search?limit=100&q=${encodeURIComponent(word)}`)
      assert.equal(status, 200)
      const names = body.items.map((item: { id: string }) => known.get(item.id)?.name)
      assert(names.includes(name), `"${word}" finds ${names.join(', ')}`)
    }
  })

  async function listAll(): Promise<Summary[]> {
    const { body: folders } = await get('mail/folders')
    const inbox = folders.items.find((folder: { role: string }) => folder.role === 'inbox')
    const all: Summary[] = []
    for (let cursor = ''; ; ) {
      const { status, body } = await get(`mail/messages?folder_id=${inbox.id}&limit=50${cursor && `&cursor=${cursor}`}`)
      assert.equal(status, 200)
      all.push(...body.items)
      if (body.next_cursor === null) return all
      cursor = encodeURIComponent(body.next_cursor)
    }
  }

  /** By its UID, which is in the database, and the name of its file, which Dovecot tells. */
  async function identify(messages: Summary[]): Promise<void> {
    const user = servers.dovecot.user('alice')
    const answer = await servers.dovecot.doveadm('fetch', '-u', user.username, 'uid guid', 'mailbox', 'INBOX', 'all')
    const places = new Map(
      [...answer.matchAll(/uid: (\d+)\nguid: \d+\.M(\d+)/g)].map(([, uid, at]) => [Number(uid), Number(at)]),
    )
    const { database, close } = openOf(app)
    const rows = await database.selectFrom('mail_location').select(['message_id', 'uid']).execute().finally(close)
    const client = await servers.dovecot.connect(user)
    await client.mailboxOpen('INBOX', { readOnly: true })
    for (const { message_id, uid } of rows) {
      const fetched = await client.fetchOne(String(uid), { source: true }, { uid: true })
      const name = nastyMail[places.get(uid) ?? -1]?.name
      assert(name && fetched && fetched.source !== undefined)
      known.set(message_id, { name, source: fetched.source })
    }
    await client.logout()
    assert.deepEqual(new Set(known.keys()), new Set(messages.map(({ id }) => id)))
  }

  function expectedOf(id: string) {
    const expected = known.get(id)
    assert(expected)
    return expected
  }

  async function download(path: string, name = expectedOf(path.slice(0, path.indexOf('/'))).name): Promise<Buffer> {
    const answer = await fetch(new URL(`/api/v1/mail/messages/${path}`, app.url), {
      headers: { authorization: `Bearer ${await app.token('alice')}` },
    })
    assert.equal(answer.status, 200, `${name}: ${path}`)
    return Buffer.from(await answer.arrayBuffer())
  }

  function assertFit({ id, subject, from, received_at, sent_at }: Summary): void {
    const { name } = expectedOf(id)
    for (const text of [subject, from.name, from.email]) {
      assert.doesNotMatch(text, /\p{Cc}|\p{Cs}/u, name)
      assert(text.length <= 1_000, name)
    }
    const tomorrow = Date.now() + 49 * 3_600_000
    for (const time of [received_at, ...(sent_at === null ? [] : [sent_at])]) {
      assert(Date.parse(time) > 0 && Date.parse(time) < tomorrow, `${name}: ${time}`)
    }
  }
})

const openOf = ({ databaseUrl }: TestApp) => createDatabase({ url: databaseUrl, poolSize: 2, onError: () => undefined })

/** As files: over IMAP no server takes NUL bytes, and each file's name says which message it holds. */
async function store(dovecot: Dovecot, user: MailUser): Promise<void> {
  const client = await dovecot.connect(user)
  // Makes the directories.
  await client.mailboxOpen('INBOX')
  await client.logout()
  for (const [at, message] of nastyMail.entries()) {
    const file = join(dovecot.maildirOf(user), 'new', `${1_790_000_000 + at}.M${at}.nasty`)
    await writeFile(file, message.bytes())
    if (mailOwner) await chown(file, mailOwner.uid, mailOwner.gid)
  }
}
