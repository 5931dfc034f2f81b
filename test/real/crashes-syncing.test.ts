import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ImapFlow } from 'imapflow'
import { type Folder, type Installation, startInstallation } from '../fixtures/installation.ts'
import { plainLetter } from '../fixtures/letters.ts'
import { type MailServers, startMailServers } from '../fixtures/mail-servers.ts'
import { inStore, onServer, type SyncedAccount, syncedAccount } from '../fixtures/sync-account.ts'
import { eventually } from '../harness/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../harness/fault-proxy.ts'
import type { Ultid } from '../harness/processes.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

/** Another seed kills elsewhere; more kills take longer. */
const seed = Number(process.env.ULTI_TEST_SEED ?? 20_261_102)
const kills = Number(process.env.ULTI_TEST_KILLS ?? 5)

const folders = ['INBOX', 'Archive', 'Sent', 'Projekte/Grüße']
const messages = 360

/** So that a kill finds its place between two steps. */
const slowness = { fault: 'delay', ms: 2, from: 'server' } as const

suite('kill -9 of ultid while it lists an old mailbox', { skip: skipWithoutDovecot }, () => {
  let servers: MailServers
  let installation: Installation
  let proxy: FaultProxy
  let program: ImapFlow

  before(async () => {
    servers = await startMailServers()
    installation = await startInstallation({ ULTID_LEASE_SECONDS: '2' })
    proxy = await startFaultProxy({ target: servers.dovecot })
    program = await servers.dovecot.connect(servers.dovecot.user('old'))
  })
  after(async () => {
    await installation.close()
    await proxy.close()
    await servers.close()
  })

  test(`after ${kills} kills and a cut it has all messages once, and told of none of them as new (seed ${seed})`, async () => {
    const random = createRandom(seed)
    const user = servers.dovecot.user('old')
    for (let at = 0; at < messages; at++) {
      const letter = plainLetter({ subject: `old ${at}`, text: `${'word '.repeat(at % 200)}of ${at}` })
      const flags = at % 3 === 0 ? ['\\Seen'] : []
      await servers.dovecot.deliver(user, letter, folders[at % folders.length], { flags })
    }
    proxy.rules.add(slowness)

    const account = await connectAndDie(random)
    const delivered: string[] = []
    for (let kill = 1; kill < kills; kill++) {
      if (await isOpen(account)) delivered.push(await deliver(`new ${kill}`))
      await mark(random)
      const node = await installation.node({ roles: ['sync'] })
      await dieAt(kill % 2 ? somewhereInTheStore(account, random) : somewhereOnTheWire(account, random), node)
    }
    // Of the connection that lists; one that fetches bodies is made again a minute later only.
    const moment = random(2) ? 'before' : 'after'
    proxy.rules.add({ fault: 'cut', from: 'client', line: /^\S+ LIST /, moment, how: 'reset' })
    const last = await installation.node()
    if (await isOpen(account)) delivered.push(await deliver('new at last'))

    const stored = await eventually(
      async () => {
        const found = await account.messages()
        assert.deepEqual(inStore(found), await onServer(program))
        assert(found.every(({ body_state }) => body_state === 'stored'))
        return found
      },
      { timeoutMs: 40_000, everyMs: 200 },
    )
    assert.equal(stored.length, messages + delivered.length)
    assert.equal(new Set(stored.map(({ message_id }) => message_id)).size, stored.length)
    const told = async () => (await account.events('mail.message_created')).map(({ data }) => data.subject).sort()
    await eventually(async () => assert.deepEqual(await told(), delivered.toSorted()))
    assert.deepEqual(await account.events('mail.message_deleted'), [])
    await assertShown(last, stored.length)
  })

  async function connectAndDie(random: Random): Promise<SyncedAccount> {
    const node = await installation.node()
    const person = installation.person('owner', node)
    const rule = proxy.rules.add({ fault: 'stall', from: 'server', bytes: 20_000 + random(60_000) })
    const { host, port } = proxy
    const { id } = await person.connect(servers.accountOf(servers.dovecot.user('old'), { imap: { host, port } }))
    await dieAt(async () => rule.hits === 1, node)
    const { id: ownerId } = await installation.database.selectFrom('principal').select('id').executeTakeFirstOrThrow()
    return syncedAccount(installation.database, { ownerId, mailAccountId: id })
  }

  /** A kill that comes too late, when all is done already, is one as well. */
  async function dieAt(isReached: () => Promise<boolean>, node: Ultid): Promise<void> {
    await eventually(async () => assert(await isReached()), { timeoutMs: 30_000, everyMs: 1 })
    await node.kill('SIGKILL')
    proxy.rules.clear()
    proxy.rules.add(slowness)
  }

  const progress = async (account: SyncedAccount) => {
    const found = await account.messages()
    const bodies = found.filter(({ body_state }) => body_state === 'stored').length
    return { done: found.length + bodies, isComplete: bodies >= messages }
  }

  function somewhereInTheStore(account: SyncedAccount, random: Random): () => Promise<boolean> {
    const further = 1 + random((2 * messages) / kills)
    let start: number | undefined
    return async () => {
      const { done, isComplete } = await progress(account)
      start ??= done
      return isComplete || done >= start + further
    }
  }

  function somewhereOnTheWire(account: SyncedAccount, random: Random): () => Promise<boolean> {
    const rule = proxy.rules.add({ fault: 'stall', from: 'server', bytes: 3000 + random(50_000) })
    return async () => rule.hits === 1 || (await progress(account)).isComplete
  }

  async function isOpen(account: SyncedAccount): Promise<boolean> {
    const inbox = await installation.database
      .selectFrom('mail_folder')
      .select('uidvalidity')
      .where('id', '=', await account.folderId('INBOX').catch(() => '00000000-0000-0000-0000-000000000000'))
      .executeTakeFirst()
    return typeof inbox?.uidvalidity === 'number'
  }

  async function deliver(subject: string): Promise<string> {
    await servers.dovecot.deliver(servers.dovecot.user('old'), plainLetter({ subject }))
    return subject
  }

  /** Another program flags some messages, listed ones and others. */
  async function mark(random: Random): Promise<void> {
    await program.mailboxOpen('INBOX')
    await program.messageFlagsAdd(`${1 + random(80)}`, ['\\Flagged'])
    await program.mailboxOpen('Archive')
    await program.messageFlagsRemove(`${1 + random(80)}`, ['\\Seen'])
    await program.mailboxClose()
  }

  async function assertShown(node: Ultid, count: number): Promise<void> {
    const person = installation.person('owner', node)
    const listed = await person.all<Folder>('/api/v1/mail/folders')
    assert.equal(
      listed.reduce((sum, folder) => sum + folder.total_count, 0),
      count,
    )
    const shown = (await Promise.all(listed.map((folder) => person.messages(folder)))).flat()
    assert.equal(new Set(shown.map(({ id }) => id)).size, count)
    assert.deepEqual(
      (await person.get<{ items: { title: string }[] }>('/api/v1/search?q=%22old+137%22')).items.map(
        ({ title }) => title,
      ),
      ['old 137'],
    )
  }
})

/** An integer of [0, below). */
type Random = (below: number) => number

/** Mulberry32: small, and the same numbers for a seed everywhere. */
function createRandom(start: number): Random {
  let state = start
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}
