import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { newId } from '#platform/ids.ts'
import { insertAccount, insertOwner, type MailboxRows } from '../../../../test/fixtures/mailbox-rows.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import { accountControlStore } from '../accounts/account-control-store.ts'
import { createGate } from './gate.ts'
import { type Lease, leaseStore } from './lease-store.ts'
import { createLeases, LeaseLost } from './leases.ts'

suite('leases of mail accounts', () => {
  let db: Awaited<ReturnType<typeof openTestDatabase>>
  let account: MailboxRows
  before(async () => {
    db = await openTestDatabase()
  })
  after(() => db.close())
  beforeEach(async () => {
    await sql`truncate mail_account cascade`.execute(db.database)
    account = await insertAccount(db.database, await insertOwner(db.database))
    await leaseStore.ensure(db.database)
  })

  const claim = (nodeId: string, seconds = 30) => leaseStore.claim(db.database, nodeId, { seconds, limit: 10 })
  const hold = (lease: Lease, leaseSeconds = 30) =>
    createLeases({ ...db, log: pino({ level: 'silent' }), leaseSeconds }).hold(lease)
  const expire = () => sql`update mail_lease set expires_at = '-infinity'`.execute(db.database)
  const rename = (lease: Lease, name: string) =>
    hold(lease).commit((tx) =>
      tx.updateTable('mail_account').set({ name }).where('owner_id', '=', account.ownerId).execute(),
    )
  const name = async () => (await db.database.selectFrom('mail_account').select('name').executeTakeFirst())?.name

  test('one node gets a lease; the next gets it after its time, under a higher epoch', async () => {
    const [first] = await claim(newId())
    assert.deepEqual(await claim(newId()), [])
    await expire()
    const [second] = await claim(newId())
    assert(first && second)
    assert.equal(second.epoch, first.epoch + 1)
  })

  test('of many nodes that claim at once one gets it', async () => {
    const claims = await Promise.all(Array.from({ length: 6 }, () => claim(newId())))
    assert.equal(claims.flat().length, 1)
  })

  test('an owner that was paused beyond its time can write nothing any more', async () => {
    const [paused] = await claim(newId())
    await expire()
    const [current] = await claim(newId())
    assert(paused && current)
    await assert.rejects(rename(paused, 'late'), LeaseLost)
    await rename(current, 'in time')
    assert.equal(await name(), 'in time')
  })

  test('what may be repeated is committed in turns, and what somebody waits for passes it', async () => {
    const [lease] = await claim(newId())
    assert(lease)
    const bulkGate = createGate(1)
    const held = createLeases({ ...db, log: pino({ level: 'silent' }), leaseSeconds: 30, bulkGate }).hold(lease)
    const order: string[] = []
    const first = Promise.withResolvers<void>()
    const note = (what: string) => async () => void order.push(what)
    const bulk = [
      held.commit(() => first.promise.then(note('first')), { isRepeatable: true }),
      held.commit(note('second'), { isRepeatable: true }),
    ]
    await held.commit(note('live'))
    first.resolve()
    await Promise.all(bulk)
    assert.deepEqual(order, ['live', 'first', 'second'])
  })

  test('nobody can claim while a commit is under way', async () => {
    const [lease] = await claim(newId())
    assert(lease)
    const held = hold(lease)
    await held.commit(async () => {
      await sql`select 1`.execute(db.database)
      assert.deepEqual(await claim(newId()), [])
    })
    await held.release()
    assert.equal((await claim(newId())).length, 1)
  })

  test('a commit that outlives its lease keeps others out, and does not hold up the renewal', async () => {
    const [lease] = await claim(newId())
    assert(lease)
    const held = hold(lease)
    await held.commit(async () => {
      await sql`update mail_lease set expires_at = clock_timestamp()`.execute(db.database)
      assert.deepEqual(await claim(newId()), [])
      assert.equal((await leaseStore.renew(db.database, [lease], 30)).renewed.size, 1)
    })
    await held.release()
  })

  test('a held lease outlives its time; one that was taken away says so', async () => {
    const [lease] = await claim(newId(), 1)
    assert(lease)
    const held = hold(lease, 6)
    await eventually(async () => {
      const { rows } =
        await sql`select from mail_lease where expires_at > clock_timestamp() + interval '3 seconds'`.execute(
          db.database,
        )
      assert.equal(rows.length, 1)
    })
    assert(!held.signal.aborted)
    await sql`update mail_lease set epoch = epoch + 1`.execute(db.database)
    await eventually(() => assert(held.signal.reason instanceof LeaseLost))
    await held.release()
  })

  test('a node renews all its leases at once, but those that others took, or have locked', async () => {
    for (let at = 0; at < 4; at++) await insertAccount(db.database, account.ownerId)
    await leaseStore.ensure(db.database)
    const leases = await claim(newId())
    const [taken, deleted, locked, ...kept] = leases.map((lease) => lease.mailAccountId)
    await sql`update mail_lease set epoch = epoch + 1 where mail_account_id = ${taken}`.execute(db.database)
    await sql`delete from mail_account where id = ${deleted}`.execute(db.database)
    await db.transact(async (tx) => {
      await sql`select from mail_lease where mail_account_id = ${locked} for update`.execute(tx)
      const { renewed, lost } = await leaseStore.renew(db.database, leases, 30)
      assert.deepEqual(renewed, new Set(kept))
      assert.deepEqual(lost, new Set([taken, deleted]))
    })
  })

  test('an account that is throttled or needs its owner is left alone', async () => {
    await sql`update mail_account set throttled_until = now() + interval '1 minute'`.execute(db.database)
    assert.deepEqual(await claim(newId()), [])
    await sql`update mail_account set throttled_until = null, state = 'needs_reauthentication'`.execute(db.database)
    assert.deepEqual(await claim(newId()), [])
  })

  test('a lease of a paused account is put off, so that looks need not pass over it, and free once it is brought back', async () => {
    const owner = await insertOwner(db.database)
    const synced = await insertAccount(db.database, owner)
    await leaseStore.ensure(db.database)
    const setState = (state: string) =>
      sql`update mail_account set state = ${state} where id = ${account.mailAccountId}`.execute(db.database)
    await setState('paused')
    await leaseStore.putOff(db.database)
    const free = async () => {
      const { rows } = await sql<{ id: string }>`
        select mail_account_id as id from mail_lease where expires_at <= clock_timestamp()`.execute(db.database)
      return rows.map(({ id }) => id)
    }
    assert.deepEqual(await free(), [synced.mailAccountId])
    assert.equal((await claim(newId())).length, 1)
    await setState('connecting')
    await db.transact((tx) => accountControlStore.fence(tx, account.ownerId, account.mailAccountId))
    const [back] = await claim(newId())
    assert.equal(back?.mailAccountId, account.mailAccountId)
  })

  test('an account that is brought back just then is not put off', async () => {
    await sql`update mail_account set state = 'paused'`.execute(db.database)
    await db.transact(async (tx) => {
      await accountControlStore.fence(tx, account.ownerId, account.mailAccountId)
      await accountControlStore.resume(tx, account.ownerId, account.mailAccountId)
      await leaseStore.putOff(db.database)
    })
    await leaseStore.putOff(db.database)
    assert.equal((await claim(newId())).length, 1)
  })

  test('what a node leaves to those with few accounts is theirs at once, and everybody’s in a few seconds', async () => {
    const [lease] = await claim(newId())
    assert(lease)
    await leaseStore.release(db.database, [lease], { forOthersSeconds: 6 })
    assert.deepEqual(await claim(newId()), [])
    const few = { seconds: 30, limit: 10, hasRoom: true }
    assert.equal((await leaseStore.claim(db.database, newId(), few)).length, 1)
    assert.deepEqual(await leaseStore.claim(db.database, newId(), few), [], 'what somebody holds is left alone')
  })
})
