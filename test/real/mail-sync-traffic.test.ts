import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sql } from 'kysely'
import { dailyBytesOf } from '../../src/modules/mail/sync/traffic.ts'
import { letter, useMailboxes } from '../fixtures/sync-suite.ts'
import { eventually } from '../harness/eventually.ts'
import { startFaultProxy } from '../harness/fault-proxy.ts'
import { skipWithoutDovecot } from '../harness/servers.ts'

/** The failure 6 of the table in mail-sync-twenty.test.ts. */
suite('mail sync under a daily limit of bytes', { skip: skipWithoutDovecot }, () => {
  const { dovecot, mailbox } = useMailboxes()

  test('6: ends at a checkpoint, says so, still tells new mail, and goes on the next day', async (t) => {
    const { user, database, account, deliver, node, synced, converged, message } = await mailbox('budget')
    for (let at = 0; at < 24; at++) await dovecot().deliver(user, letter(`m${at}`, 'Many words. '.repeat(16_000)))
    const proxy = await startFaultProxy({ target: dovecot() })
    t.after(() => proxy.close())
    const limit = 1_000_000
    const first = node({ dailyBytes: limit }, proxy)
    await synced()
    const limited = await eventually(async () => {
      const state = await account.state()
      assert.equal(state.error_code, 'mail.daily_limit_reached')
      return state
    })
    assert.equal(limited.state, 'syncing')
    assert((await account.messages()).some((one) => one.body_state === 'pending'))
    await deliver('still')
    await eventually(async () => assert.equal((await message('still')).body_state, 'pending'))
    assert.equal((await account.events('mail.message_created')).length, 1)
    await first.stop()

    const passed = () => proxy.connections.reduce((sum, connection) => sum + connection.passed.server, 0)
    const { bytes } = await database.selectFrom('mail_traffic').select('bytes').executeTakeFirstOrThrow()
    assert(bytes >= limit && bytes <= passed(), `${bytes} of ${passed()}`)
    const before = passed()
    const second = node({ dailyBytes: limit }, proxy)
    const { last_synced_at } = await account.state()
    await eventually(async () => assert.notDeepEqual((await account.state()).last_synced_at, last_synced_at))
    assert(passed() - before < 20_000, 'another node fetches as if it were another day')
    await second.stop()

    await sql`update mail_traffic set day = day - 1`.execute(database)
    node({ dailyBytes: 10 * limit }, proxy)
    assert.equal((await converged()).length, 25)
    await eventually(async () => {
      assert((await account.messages()).every((one) => one.body_state === 'stored'))
      assert.deepEqual([(await account.state()).state, (await account.state()).error_code], ['synced', null])
    })
  })

  test('6: of Gmail 2,000 MB are fetched in a day, or less where the operator says so; of others everything', () => {
    const megabyte = 1_000_000
    assert.equal(dailyBytesOf(0)('imap.gmail.com'), 2_000 * megabyte)
    assert.equal(dailyBytesOf(500 * megabyte)('imap.googlemail.com'), 500 * megabyte)
    assert.equal(dailyBytesOf(5_000 * megabyte)('imap.gmail.com'), 2_000 * megabyte)
    assert.equal(dailyBytesOf(0)('imap.notgmail.com'), Number.POSITIVE_INFINITY)
    assert.equal(dailyBytesOf(500 * megabyte)('mail.example.org'), 500 * megabyte)
  })
})
