import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { changedUidValidity, startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

/** The failures 9 to 17 of the table in mail-sync-twenty.test.ts. */
suite('mail sync of mailboxes that change, vanish and are too big', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  async function proxied(t: TestContext) {
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    return proxy
  }

  test('1: ten equal messages keep their ids through a new UIDVALIDITY, told apart by EMAILID', async (t) => {
    const { account, deliver, client, node, synced } = await mailbox('objectid')
    for (let at = 0; at < 10; at++) await deliver('same', 'INBOX', { receivedAt: new Date('2026-11-02T10:00:00Z') })
    const other = await client()
    await other.mailboxOpen('INBOX')
    for (let at = 1; at <= 10; at++) await other.messageFlagsAdd(`${at}`, [`k${at}`])
    const proxy = await proxied(t)
    // Dovecot 2.3 lacks RFC 8474: its UIDs, which no UIDVALIDITY changes here, stand in for the ids.
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /(?<=CAPABILITY IMAP4rev1) /, to: ' OBJECTID ' })
    proxy.rules.add({ fault: 'rewrite', from: 'client', line: / EMAILID( THREADID)?/, to: '' })
    proxy.rules.add({ fault: 'rewrite', from: 'server', line: /(?<=FETCH \()UID (\d+)/, to: 'UID $1 EMAILID (M$1)' })
    const first = node({}, proxy)
    await synced()
    await first.stop()
    const idsOf = async () => new Map((await account.messages()).map((one) => [one.keywords.join(), one.message_id]))
    const before = await idsOf()
    assert.equal(before.size, 10)
    for (const rule of changedUidValidity(3_888_888_888)) proxy.rules.add(rule)
    node({}, proxy)
    await eventually(async () => {
      assert.equal((await account.events('mail.folder_reset')).length > 0, true)
      const state = await account.state()
      assert.equal(state.state, 'synced')
      assert.deepEqual(await idsOf(), before)
    })
    assert.deepEqual(await account.events('mail.message_created'), [])
  })

  test('9: mail that arrives while a folder is listed is told once, and nothing is missed', async (t) => {
    const { account, deliver, node, converged } = await mailbox('meanwhile')
    for (let at = 0; at < 120; at++) await deliver(`m${at}`)
    const proxy = await proxied(t)
    const stall = proxy.rules.add({ fault: 'stall', from: 'client', line: /UID FETCH .*ENVELOPE/, moment: 'before' })
    node({}, proxy)
    await eventually(() => assert.equal(stall.hits, 1))
    await deliver('meanwhile')
    stall.remove()
    assert.equal((await converged()).length, 121)
    await eventually(async () => {
      const created = await account.events('mail.message_created')
      assert.deepEqual(
        created.map((event) => event.data.subject),
        ['meanwhile'],
      )
    })
  })

  test('10: an answer to n:* with the highest UID below n is no news', async (t) => {
    const { account, deliver, node, synced, converged } = await mailbox('floor')
    for (const subject of ['a', 'b', 'c']) await deliver(subject)
    const proxy = await proxied(t)
    const first = node({}, proxy)
    await synced()
    const listed = async () =>
      (await account.messages()).map(({ folder, uid, message_id }) => [folder, uid, message_id])
    const before = await listed()
    await first.stop()
    const lie = proxy.rules.add({ fault: 'rewrite', from: 'server', line: /(?<=UIDNEXT )4/, to: '9' })
    const open = proxy.rules.add({ fault: 'rewrite', from: 'client', line: /(?<=UID SEARCH .*)4:8/, to: '4:*' })
    node({}, proxy)
    await eventually(() => assert(lie.hits > 1 && open.hits > 0))
    await eventually(async () => assert.deepEqual(await listed(), before))
    for (const rule of [lie, open]) rule.remove()
    await deliver('d')
    await converged()
    assert.deepEqual(await account.events('mail.message_deleted'), [])
  })

  test('10: a cursor without its messages makes everything listed again', async () => {
    const { database, account, deliver, node, synced, converged } = await mailbox('amnesia')
    for (let at = 0; at < 8; at++) await deliver(`m${at}`)
    const first = node()
    await synced()
    await converged()
    await first.stop()
    for (const table of ['mail_location', 'mail_message', 'mail_body', 'mail_search']) {
      await sql`delete from ${sql.table(table)}`.execute(database)
    }
    node()
    assert.equal((await converged()).length, 8)
    assert.deepEqual(await account.events('mail.message_created'), [])
  })

  test('11: what the owner changed stays changed until the server confirms it, whatever a pull says', async (t) => {
    const { ownerId, account, deliver, client, node, synced, converged, message } = await mailbox('pending')
    await deliver('a')
    const proxy = await proxied(t)
    const { changes } = node({ timings: { minBackoffMs: 1_000, maxBackoffMs: 1_000 } }, proxy)
    await synced()
    const { message_id } = await message('a')
    const refusal = proxy.rules.add({ fault: 'answer', command: /^UID STORE/, answer: 'NO [INUSE] Later.' })
    await changes.change(ownerId, message_id, { isRead: true })
    await eventually(() => assert.equal(refusal.hits, 1))
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageFlagsAdd('1', ['\\Flagged'])
    await eventually(async () => assert.equal((await message('a')).is_starred, true))
    assert.equal((await message('a')).is_read, true)
    const [a] = await converged()
    assert.deepEqual([a?.is_read, a?.is_starred], [true, true])
    const updates = await account.events('mail.message_updated')
    assert(updates.every((event) => event.data.is_read === true))
  })

  test('13: an answer without flags, and a search that is refused, take nothing away', async (t) => {
    const { account, deliver, client, node, synced, converged } = await mailbox('incomplete')
    for (let at = 0; at < 5; at++) await deliver(`m${at}`)
    const proxy = await proxied(t)
    node({}, proxy)
    await synced()
    const before = (await converged()).map((one) => one.message_id)
    const other = await client()
    await other.mailboxOpen('INBOX')
    for (const fault of [
      { fault: 'rewrite', from: 'server', line: /(?<=^\* \d+ FETCH \(.*) FLAGS \([^)]*\)/, to: '' },
      { fault: 'answer', command: /^UID (SEARCH|FETCH)/, answer: 'NO Try again.' },
    ] as const) {
      const rule = proxy.rules.add({ ...fault, repeat: 'always' })
      await other.messageFlagsAdd('1:3', [fault.fault])
      await deliver(`after ${fault.fault}`)
      await eventually(() => assert(rule.hits > 2))
      assert.deepEqual(
        (await account.messages()).slice(0, 5).map((one) => one.message_id),
        before,
      )
      rule.remove()
      await converged()
    }
    assert.equal((await account.messages()).length, 7)
    assert.deepEqual(await account.events('mail.message_deleted'), [])
    assert.equal((await account.events('mail.message_created')).length, 2)
  })

  test('14: after thousands of changes the newest messages are asked about first', async (t) => {
    const { user, deliver, client, node, synced, converged } = await mailbox('long-away')
    await deliver('old')
    await dovecot().doveadm('mailbox', 'update', '-u', user.username, '--min-next-uid', '30000', 'INBOX')
    await deliver('new')
    const proxy = await proxied(t)
    const first = node({}, proxy)
    await synced()
    await first.stop()
    await dovecot().doveadm('mailbox', 'update', '-u', user.username, '--min-highest-modseq', '9000', 'INBOX')
    const other = await client()
    await other.mailboxOpen('INBOX')
    await other.messageFlagsAdd('1:*', ['\\Seen'])
    proxy.forgetTranscript()
    node({}, proxy)
    const messages = await converged()
    assert(messages.every((one) => one.is_read))
    const ranges = proxy.commands(/CHANGEDSINCE/).map((command) => command.split(' ')[2])
    assert.deepEqual(ranges.slice(0, 2), ['18001:*', '1:18000'])
  })

  test('15: a message of many megabytes is listed and readable for some kilobytes', async (t) => {
    const { user, account, deliver, node, synced } = await mailbox('big')
    const attachment = Buffer.alloc(12_000_000, 'attached').toString('base64').replaceAll(/.{76}/g, '$&\r\n')
    const big = [
      'From: bob@example.test\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n',
      `--b\r\nContent-Type: text/plain\r\n\r\n${'Many words. \r\n'.repeat(400_000)}`,
      `--b\r\nContent-Type: video/mp4; name=a.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n${attachment}\r\n--b--\r\n`,
    ]
    await dovecot().deliver(user, Buffer.from(big.join('\r\n')))
    await deliver('small')
    const proxy = await proxied(t)
    node({}, proxy)
    await synced()
    await eventually(async () => {
      assert((await account.messages()).every((one) => one.body_state === 'stored'))
    })
    const fetched = proxy.connections.reduce((sum, connection) => sum + connection.passed.server, 0)
    assert(fetched < 400_000, `${fetched} bytes were fetched`)
  })

  test('17: a folder that cannot be selected is parked, keeps nobody waiting, and is tried again', async (t) => {
    const { database, account, deliver, node, synced, converged } = await mailbox('phantom')
    await deliver('a', 'Phantom')
    await deliver('b')
    const proxy = await proxied(t)
    const refusal = proxy.rules.add({
      fault: 'answer',
      command: /^(SELECT|EXAMINE) "?Phantom/,
      answer: 'NO [NONEXISTENT] There is no such folder.',
      repeat: 'always',
    })
    const first = node({}, proxy)
    await synced()
    await eventually(() => assert.equal(refusal.hits, 3))
    const passed = (await account.state()).last_synced_at
    await deliver('c')
    await eventually(async () => {
      assert.notDeepEqual((await account.state()).last_synced_at, passed)
      assert.deepEqual(
        (await account.messages()).map((one) => one.subject),
        ['b', 'c'],
      )
    })
    assert.equal(refusal.hits, 3)
    assert.equal((await account.state()).state, 'synced')
    await first.stop()
    refusal.remove()
    await sql`update mail_folder set parked_until = now()`.execute(database)
    node({}, proxy)
    assert.equal((await converged()).length, 3)
  })
})
