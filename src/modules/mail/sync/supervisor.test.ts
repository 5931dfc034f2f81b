import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { copyAccount, insertAccount, insertOwner } from '../../../../test/fixtures/mailbox-rows.ts'
import { startSyncNode } from '../../../../test/fixtures/sync-node.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'

suite('a node that syncs many accounts', () => {
  async function accounts(t: TestContext, count: number) {
    const { url, database, close } = await openTestDatabase()
    t.after(close)
    await copyAccount(database, await insertAccount(database, await insertOwner(database)), count - 1)
    return { url, database }
  }

  test('3: the start of 1,000 accounts has three handshakes with their host at a time, and forgets none', async (t) => {
    const { url } = await accounts(t, 1_000)
    const server = await startUnavailableServer(t)
    const timings = { minBackoffMs: 3_600_000, maxBackoffMs: 3_600_000 }
    const node = startSyncNode(
      url,
      { ...server.address, username: 'any', password: 'any' },
      { leaseSeconds: 30, timings },
    )
    t.after(() => node.stop())
    await eventually(() => assert.equal(server.seen().answered, 1_000), { timeoutMs: 100_000 })
    assert.deepEqual(server.seen(), { answered: 1_000, most: 3 })
  })
})

/** An IMAP server that lets nobody in now; counts whom it has answered, and at most how many waited for that at once. */
async function startUnavailableServer(t: TestContext) {
  let answered = 0
  let most = 0
  const waiting = new Set<Socket>()
  const server = createServer((socket) => {
    waiting.add(socket)
    most = Math.max(most, waiting.size)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => waiting.delete(socket))
    socket.on('data', (bytes) => {
      const [tag = '', command = ''] = bytes.toString('latin1').split(/[ \r]/)
      const isLogin = /^(LOGIN|AUTHENTICATE)$/i.test(command)
      if (isLogin) answered++
      if (isLogin) waiting.delete(socket)
      socket.write(`${tag} ${isLogin ? 'NO [UNAVAILABLE] Later.' : 'OK Done.'}\r\n`)
    })
    socket.write('* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Ready.\r\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return { address: { host: '127.0.0.1', port }, seen: () => ({ answered, most }) }
}
