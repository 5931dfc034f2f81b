import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { useMailboxes } from '../fixtures/sync-suite.ts'
import type { MailUser } from '../harness/dovecot-users.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { spawnOwned } from '../harness/owned-process.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

const script = join(import.meta.dirname, '../harness/sync-node-process.ts')

/** `thenLive`: what follows is read by the last process as well. */
type Deadly = { databaseUrl: string; user: MailUser; deaths: number; at: RegExp; thenLive?: boolean }

/** The failure 16 of the table in mail-sync-twenty.test.ts. */
suite('mail sync of a message that kills whoever reads it', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  test('16: after three deaths its body is given up; it stays listed, and all others are read', async (t) => {
    const { user, account, databaseUrl, deliver } = await mailbox('poison')
    for (let at = 0; at < 5; at++) await deliver(`before ${at}`)
    const uid = await deliver('poison')
    for (let at = 0; at < 5; at++) await deliver(`after ${at}`)
    // The first bytes of its body are the last thing that the process sees.
    const last = await die(t, {
      databaseUrl,
      user,
      deaths: 3,
      at: new RegExp(`^\\* \\d+ FETCH \\(UID ${uid} BODY\\[1`),
    })
    await eventually(async () => {
      const messages = await account.messages()
      assert.equal(messages.length, 11)
      for (const { subject, body_state } of messages) {
        assert.equal(body_state, subject === 'poison' ? 'failed' : 'stored', subject)
      }
      assert.equal((await account.state()).state, 'synced')
    })
    assert.equal(last.hits, 0, 'its body was asked for a fourth time')
  })

  test('after three deaths over its header it is listed without one, and all others whole', async (t) => {
    const { user, account, databaseUrl, deliver } = await mailbox('header')
    for (let at = 0; at < 4; at++) await deliver(`before ${at}`)
    const uid = await deliver('poison')
    for (let at = 0; at < 4; at++) await deliver(`after ${at}`)
    const last = await die(t, {
      databaseUrl,
      user,
      deaths: 3,
      at: new RegExp(`^\\* \\d+ FETCH \\(UID ${uid} .*ENVELOPE`),
    })
    await eventually(async () => {
      const messages = await account.messages()
      assert.equal(messages.length, 9)
      for (const one of messages) assert.equal(one.subject === '', one.uid === uid, one.subject)
      assert.equal((await account.state()).state, 'synced')
    })
    assert.equal(last.hits, 0, 'its header was asked for again')
  })

  test('a message that was alone in hand when a process was killed is listed whole by the next one', async (t) => {
    const { user, account, databaseUrl, deliver, converged } = await mailbox('bystander')
    await deliver('innocent')
    await die(t, { databaseUrl, user, deaths: 2, at: /^\* \d+ FETCH \(UID \d+ .*ENVELOPE/, thenLive: true })
    await converged()
    assert.deepEqual(
      (await account.messages()).map(({ subject }) => subject),
      ['innocent'],
    )
  })

  /** Kills processes that sync as soon as the server says `at`; the one that is left over lives. */
  async function die(t: TestContext, options: Deadly) {
    const { databaseUrl, user, deaths, at, thenLive = false } = options
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const server = JSON.stringify({ host: proxy.host, port: proxy.port, ...user })
    const start = async () => {
      const child = await spawnOwned(process.execPath, [script, databaseUrl, server])
      t.after(() => child.kill('SIGKILL'))
      return child
    }
    for (let death = 0; death < deaths; death++) {
      const bite = proxy.rules.add({ fault: 'stall', from: 'server', line: at })
      const child = await start()
      await eventually(() => assert.equal(bite.hits, 1, child.logs.join('\n')))
      await child.kill('SIGKILL')
      bite.remove()
    }
    const last = proxy.rules.add({ fault: 'stall', from: 'server', line: at })
    if (thenLive) last.remove()
    await start()
    return last
  }
})
