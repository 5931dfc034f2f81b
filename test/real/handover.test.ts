import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { json } from 'node:stream/consumers'
import { after, afterEach, before, suite, test } from 'node:test'
import { type Installation, type Person, startInstallation } from '../fixtures/installation.ts'
import { plainLetter, richLetter } from '../fixtures/letters.ts'
import { type MailServers, startMailServers } from '../fixtures/mail-servers.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import type { Ultid } from '../harness/processes.ts'
import { startRedis } from '../harness/redis.ts'
import { skipWithoutDovecot, skipWithoutRedis } from '../harness/servers.ts'
import { startStopwatch } from '../harness/stopwatch.ts'

suite('nodes that come and go', { skip: skipWithoutDovecot }, () => {
  let servers: MailServers
  let installation: Installation

  before(async () => {
    servers = await startMailServers()
  })
  afterEach(() => installation.close())
  after(() => servers.close())

  /** Delivers and answers after how many milliseconds `person` was told. */
  async function timeToTell(name: string, person: Person, subject: string): Promise<number> {
    const { events, socket } = await person.socket()
    await servers.dovecot.deliver(servers.dovecot.user(name), plainLetter({ subject }))
    const sinceDelivery = startStopwatch()
    await eventually(() => assert(events().some(({ data }) => data?.subject === subject)))
    socket.close()
    return sinceDelivery.elapsedMs()
  }

  async function assertTold(ownerSubjects: string[]): Promise<void> {
    const events = await installation.database.selectFrom('event').select(['type', 'data']).orderBy('seq').execute()
    assert.deepEqual(
      events
        .filter(({ type }) => type === 'mail.message_created')
        .map(({ data }) => (data as { subject: string }).subject),
      ownerSubjects,
    )
  }

  test('when a node is killed another one goes on with its mailboxes within one lease time + 5 s, and tells nothing twice', async () => {
    const leaseSeconds = 2
    installation = await startInstallation({ ULTID_LEASE_SECONDS: `${leaseSeconds}` })
    const dying = await installation.node()
    const owner = installation.person('killed', dying)
    await owner.synced(await owner.connect(servers.accountOf(servers.dovecot.user('killed'))))
    const surviving = await installation.node()
    await dying.kill('SIGKILL')
    const took = await timeToTell('killed', installation.person('killed', surviving), 'after the kill')
    assert(took < leaseSeconds * 1000 + 5_000, `It took ${Math.round(took)} ms.`)
    await assertTold(['after the kill'])
  })

  test('a node that is told to stop hands its mailboxes over at once', { skip: skipWithoutRedis }, async (t) => {
    const redis = await startRedis()
    t.after(() => redis.close())
    installation = await startInstallation({ ULTID_CACHE_URL: redis.url, ULTID_LEASE_SECONDS: '60' })
    const leaving = await installation.node()
    const owner = installation.person('handed', leaving)
    await owner.synced(await owner.connect(servers.accountOf(servers.dovecot.user('handed'))))
    const staying = await installation.node()
    assert.deepEqual(await leaving.kill('SIGTERM'), { code: 0, signal: null })
    const took = await timeToTell('handed', installation.person('handed', staying), 'after the stop')
    assert(took < 2_000, `It took ${Math.round(took)} ms.`)
    await assertTold(['after the stop'])
    const { rows } = { rows: await installation.database.selectFrom('node').select('id').execute() }
    assert.equal(rows.length, 1)
  })

  test('what is under way when a node is told to stop is answered to its end', async (t) => {
    installation = await startInstallation()
    const node = await installation.node()
    const person = installation.person('busy', node)
    const attachment = { filename: 'film.bin', bytes: Buffer.alloc(8_000_000, 'film ') }
    await servers.dovecot.deliver(servers.dovecot.user('busy'), richLetter({ subject: 'Film', html: '', attachment }))
    const account = await person.connect(servers.accountOf(servers.dovecot.user('busy')))
    await person.synced(account)
    const [film] = await person.messages(await person.folder('INBOX'))
    const shown = await person.get<{ attachments: { id: string }[] }>(`/api/v1/mail/messages/${film?.id}`)

    const slow = await startFaultProxy({ target: servers.dovecot })
    t.after(() => slow.close())
    slow.rules.add({ fault: 'delay', ms: 300, from: 'server' })
    const { host, port } = slow
    const connecting = person.connect(servers.accountOf(servers.dovecot.user('slow'), { imap: { host, port } }))
    await eventually(() => assert(slow.connections.length > 0))
    const download = await person.request(
      'GET',
      `/api/v1/mail/messages/${film?.id}/attachments/${shown.attachments[0]?.id}`,
    )
    const reader = download.body?.getReader()
    const chunks = [(await reader?.read())?.value]
    const upload = await startUpload(node, await person.token(), {
      ...{ mail_account_id: account.id, to: [{ email: 'friend@example.test' }] },
      ...{ subject: 'In two halves', text: 'word '.repeat(20_000), undo_seconds: 0 },
    })

    const stopped = node.kill('SIGTERM')
    await eventually(() => assertRefused(node))
    const { status, body } = await upload.finish()
    assert.equal(status, 202, JSON.stringify(body))
    assert.equal((await connecting).state, 'connecting')
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) chunks.push(part.value)
    assert.deepEqual(Buffer.concat(chunks.filter((chunk) => chunk !== undefined)), attachment.bytes)
    assert.deepEqual(await stopped, { code: 0, signal: null })

    const next = installation.person('busy', await installation.node())
    assert.equal((await next.all('/api/v1/mail/accounts')).length, 2)
    await eventually(() => assert.equal(servers.accepted(body.message_id_header).length, 1))
  })
})

type Answer = { status: number | undefined; body: { message_id_header: string } }

/** A POST whose head has arrived and half of whose body is on its way. */
async function startUpload(node: Ultid, token: string, content: object): Promise<{ finish(): Promise<Answer> }> {
  const body = Buffer.from(JSON.stringify(content))
  const half = body.length / 2
  const upload = request(`${node.url}/api/v1/mail/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    },
  })
  upload.flushHeaders()
  await once(upload, 'continue')
  upload.write(body.subarray(0, half))
  return {
    async finish() {
      const answered = once(upload, 'response') as Promise<[IncomingMessage]>
      upload.end(body.subarray(half))
      const [answer] = await answered
      return { status: answer.statusCode, body: (await json(answer)) as Answer['body'] }
    },
  }
}

function assertRefused({ port }: Ultid): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      reject(new Error('It still takes connections.'))
    })
    socket.once('error', () => resolve())
  })
}
