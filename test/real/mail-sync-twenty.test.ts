import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { insertAccount } from '../fixtures/mailbox-rows.ts'
import { syncedAccount } from '../fixtures/sync-account.ts'
import { type Mailbox, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy, type TranscriptLine } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

/*
 * The twenty ways in which IMAP engines break, and the tests that provoke each: their titles begin with its number.
 *
 *  1 UIDVALIDITY changes       here; mail-sync-faults: "a new UIDVALIDITY keeps ids", "… does not confirm"
 *  2 connection limits         here
 *  3 start-up stampede         here; supervisor.test: 1,000 accounts
 *  4 Exchange throttling       here
 *  5 Yahoo's [LIMIT]           here
 *  6 Gmail's daily bytes       mail-sync-traffic
 *  7 silent death in IDLE      here
 *  8 QRESYNC bugs              here; mail-sync-capabilities: servers without it
 *  9 mail during a sync        mail-sync-twenty-mailboxes
 * 10 n:* and lost caches       mail-sync-twenty-mailboxes
 * 11 lost flags                mail-sync-twenty-mailboxes
 * 12 moves as delete + new     mail-sync: "keeps its id, in both directions", "that its owner moves"; mail-sync-faults:
 *                              "a move whose confirmation is lost"
 * 13 wrong deletes             mail-sync-twenty-mailboxes; mail-sync-faults: "a list of folders without INBOX"
 * 14 huge mailboxes            mail-sync-twenty-mailboxes; mail-sync-faults: "cut at twelve places"
 * 15 memory                    mail-sync-twenty-mailboxes; body-plan.test and gate.test: bytes in flight
 * 16 poison messages           mail-sync-poison; nasty-mail
 * 17 phantom folders           mail-sync-twenty-mailboxes
 * 18 double sending            crashes-sending; transmissions.test: "is never sent again by itself"
 * 19 duplicate Sent copies     filing.test: "stays the only one", "makes no second one"
 * 20 limits of full text       body-store.test: "more different words than a tsvector holds", "any part of an address"
 */
suite('mail sync with servers that limit, throttle and lie', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  async function proxied(t: TestContext) {
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    return proxy
  }

  /** More accounts of the same person, all of the one server that a node has. */
  async function accountsOf({ database, ownerId, account }: Mailbox, count: number) {
    const others = Array.from({ length: count - 1 }, () => insertAccount(database, ownerId))
    return [account, ...(await Promise.all(others)).map((rows) => syncedAccount(database, rows))]
  }

  /** How long an account is left alone, in seconds: it fell between `since` and now that this began. */
  async function throttling({ account }: Mailbox, since: number): Promise<{ least: number; most: number }> {
    return eventually(async () => {
      const { throttled_until: until } = await account.state()
      assert(until)
      return { least: (until.getTime() - Date.now()) / 1000, most: (until.getTime() - since) / 1000 }
    })
  }

  /** As if the time had passed. */
  const endThrottling = ({ database }: Mailbox) => sql`update mail_account set throttled_until = null`.execute(database)

  test('1: a UIDVALIDITY that is another at every SELECT changes nothing, until it settles', async (t) => {
    const { account, deliver, node, synced, converged } = await mailbox('restless')
    for (let at = 0; at < 5; at++) await deliver(`m${at}`)
    const proxy = await proxied(t)
    const first = node({}, proxy)
    await synced()
    await first.stop()
    const before = (await account.messages()).map((one) => one.message_id)
    const rules = Array.from({ length: 8 }, (_, at) => {
      const line = /(?<=^\* OK \[UIDVALIDITY )(?!90\d\d\])\d+/
      return proxy.rules.add({ fault: 'rewrite', from: 'server', line, to: `${9_000 + at}`, repeat: 'once' })
    })
    node({ timings: { parkMs: 300 } }, proxy)
    await eventually(() => assert(rules.every((rule) => rule.hits === 1)))
    await deliver('after')
    const messages = await converged()
    assert.deepEqual(
      messages.slice(0, 5).map((one) => one.message_id),
      before,
    )
    assert.deepEqual(await account.events('mail.folder_reset'), [])
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })

  test('2: over the limit of connections to a host an account polls instead', async (t) => {
    const box = await mailbox('crowd')
    const accounts = await accountsOf(box, 5)
    const proxy = await proxied(t)
    box.node({ timings: { idlePerHost: 2 } }, proxy)
    const open = () => proxy.connections.filter((connection) => connection.isOpen).length
    for (const account of accounts) {
      await eventually(async () => assert.notEqual((await account.state()).last_synced_at, null))
    }
    await eventually(() => assert.equal(open(), 2))
    await box.deliver('for all')
    for (const account of accounts) {
      await eventually(async () => assert.equal((await account.events('mail.message_created')).length, 5))
      assert.equal((await account.messages()).length, 1)
      assert.equal((await account.state()).state, 'synced')
    }
    await eventually(() => assert.equal(open(), 2))
  })

  test('3: however many accounts start at once, three sign in to a host at a time', async (t) => {
    const box = await mailbox('stampede')
    const accounts = await accountsOf(box, 12)
    const proxy = await proxied(t)
    proxy.freeze()
    box.node({}, proxy)
    await eventually(() => assert.equal(proxy.connections.length, 3))
    proxy.thaw()
    for (const account of accounts) {
      await eventually(async () => assert.notEqual((await account.state()).last_synced_at, null))
    }
    assert.equal(mostSigningIn(proxy.transcript), 3)
  })

  test("4: Exchange's back-off ends the connection, is kept with the account, and is waited for", async (t) => {
    for (const command of [/^(LOGIN|AUTHENTICATE)/, /^UID FETCH/]) {
      const box = await mailbox(`throttled-${command.source.length}`)
      await box.deliver('a')
      const proxy = await proxied(t)
      const answer = 'BAD Request is throttled. Suggested Backoff Time: 900000 milliseconds'
      proxy.rules.add({ fault: 'answer', command, answer })
      const startedAt = Date.now()
      const first = box.node({}, proxy)
      const { least, most } = await throttling(box, startedAt)
      assert(most > 899 && least <= 900, `${least} to ${most} s`)
      assert.equal((await box.account.state()).error_code, 'mail.server_error')
      await eventually(() => assert(proxy.connections.every((connection) => !connection.isOpen)))
      await first.stop()
      const connections = proxy.connections.length
      await endThrottling(box)
      box.node({}, proxy)
      await box.converged()
      assert(proxy.connections.length > connections)
      await eventually(async () => assert.equal((await box.account.state()).throttled_until, null))
    }
  })

  test("5: Yahoo's [LIMIT] cools down for half a minute and ever longer, until a sync succeeds", async (t) => {
    const box = await mailbox('limited')
    await box.deliver('a')
    const proxy = await proxied(t)
    const answer = 'NO [LIMIT] SELECT Rate limit hit.'
    const limit = () => proxy.rules.add({ fault: 'answer', command: /^SELECT/, answer, repeat: 'always' })
    const rule = limit()
    let triedAt = Date.now()
    const { wake } = box.node({ timings: { minBackoffMs: 20_000, maxBackoffMs: 900_000, pollMs: 300 } }, proxy)
    const retry = async () => {
      await endThrottling(box)
      triedAt = Date.now()
      await wake.account(box.mailAccountId, 'sync')
    }
    const [shortest, longest] = [
      [29, 29, 59],
      [31, 51, 101],
    ]
    for (const [at, least] of shortest.entries()) {
      const waits = await throttling(box, triedAt)
      assert(waits.most > least && waits.least < (longest[at] ?? 0), `${JSON.stringify(waits)} at failure ${at}`)
      if (at === 2) rule.remove()
      await retry()
    }
    await box.converged()
    await eventually(async () => assert.equal((await box.account.state()).state, 'synced'))
    triedAt = Date.now()
    limit()
    const waits = await throttling(box, triedAt)
    assert(waits.most > 29 && waits.least < 31, `${JSON.stringify(waits)} after a success`)
  })

  test('7: a connection that died silently in IDLE is noticed and replaced', async (t) => {
    const { account, deliver, node, synced, converged } = await mailbox('silent')
    await deliver('a')
    const proxy = await proxied(t)
    node({ silenceMs: 1_000 }, proxy)
    await synced()
    await eventually(() => assert(proxy.commands(/^IDLE/).length > 0))
    const dead = proxy.connections.filter((connection) => connection.isOpen)
    for (const connection of dead) connection.stall('dead')
    await deliver('b')
    await converged()
    assert(proxy.connections.length > dead.length)
    assert.equal((await account.events('mail.message_created')).length, 1)
  })

  test('8: VANISHED answers that are garbage or lies lose nothing', async (t) => {
    const { account, deliver, client, node, synced, converged } = await mailbox('vanished')
    for (let at = 0; at < 6; at++) await deliver(`m${at}`)
    const proxy = await proxied(t)
    const first = node({}, proxy)
    await synced()
    const before = new Map((await converged()).map((one) => [one.subject, one.message_id]))
    await first.stop()
    const other = await client()
    await other.mailboxOpen('INBOX')
    const vanished = /(?<=^\* VANISHED \(EARLIER\) ).*/
    for (const lie of ['*:,;0', '1:100000']) {
      const rule = proxy.rules.add({ fault: 'rewrite', from: 'server', line: vanished, to: lie })
      await other.messageDelete('1')
      const again = node({}, proxy)
      await eventually(() => assert(rule.hits > 0))
      rule.remove()
      await converged()
      await again.stop()
    }
    const messages = await account.messages()
    assert.deepEqual(
      messages.map((one) => [one.subject, one.message_id]),
      [...before].slice(2),
    )
    assert.deepEqual(await account.events('mail.message_created'), [])
  })
})

/** Connections at once that the server has greeted and not yet let in. */
function mostSigningIn(transcript: readonly TranscriptLine[]): number {
  const signingIn = new Set<number>()
  let most = 0
  for (const { connection, from, line } of transcript) {
    if (from !== 'server') continue
    if (/^\* OK \[CAPABILITY/.test(line)) signingIn.add(connection)
    if (/ OK .*Logged in$/.test(line)) signingIn.delete(connection)
    most = Math.max(most, signingIn.size)
  }
  return most
}
