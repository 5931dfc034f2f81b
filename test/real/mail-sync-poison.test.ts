import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { spawnOwned } from '../harness/owned-process.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

const script = join(import.meta.dirname, '../harness/sync-node-process.ts')

/** The failure 16 of the table in mail-sync-twenty.test.ts. */
suite('mail sync of a message that kills whoever reads it', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  test('16: after three deaths its body is given up; it stays listed, and all others are read', async (t) => {
    const { user, account, databaseUrl, deliver } = await mailbox('poison')
    for (let at = 0; at < 5; at++) await deliver(`before ${at}`)
    const uid = await deliver('poison')
    for (let at = 0; at < 5; at++) await deliver(`after ${at}`)
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const server = JSON.stringify({ host: proxy.host, port: proxy.port, ...user })
    const start = () => spawnOwned(process.execPath, [script, databaseUrl, server])

    // The first bytes of its body are the last thing that the process sees.
    const poison = new RegExp(`^\\* \\d+ FETCH \\(UID ${uid} .*BODY\\[1`)
    let deaths = 0
    for (; deaths < 3; deaths++) {
      const bite = proxy.rules.add({ fault: 'stall', from: 'server', line: poison })
      const child = await start()
      t.after(() => child.kill('SIGKILL'))
      await eventually(() => assert.equal(bite.hits, 1, child.logs.join('\n')), { timeoutMs: 20_000 })
      await child.kill('SIGKILL')
      bite.remove()
    }
    const last = proxy.rules.add({ fault: 'stall', from: 'server', line: poison })
    const survivor = await start()
    t.after(() => survivor.kill('SIGKILL'))
    await eventually(
      async () => {
        const messages = await account.messages()
        assert.equal(messages.length, 11)
        for (const { subject, body_state } of messages) {
          assert.equal(body_state, subject === 'poison' ? 'failed' : 'stored', subject)
        }
        assert.equal((await account.state()).state, 'synced')
      },
      { timeoutMs: 20_000 },
    )
    assert.equal(last.hits, 0, 'its body was asked for a fourth time')
  })
})
