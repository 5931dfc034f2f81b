import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '#platform/ids.ts'
import { insertAccount, insertOwner, type MailboxRows } from '../../../../test/fixtures/mailbox-rows.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import { remoteOpStore } from './remote-op-store.ts'

let database: Awaited<ReturnType<typeof openTestDatabase>>

before(async () => {
  database = await openTestDatabase()
})
after(() => database.close())

async function withOps(count: number): Promise<MailboxRows & { due: () => Promise<string[]> }> {
  const account = await insertAccount(database.database, await insertOwner(database.database))
  const { ownerId, mailAccountId } = account
  const ops = Array.from({ length: count }, (_, at) => ({
    kind: 'set_flags' as const,
    change: { add: [`flag${at}`], remove: [] },
    mailAccountId,
    messageId: newId(),
  }))
  await database.transact((tx) => remoteOpStore.insert(tx, ownerId, ops))
  const due = async () =>
    (await remoteOpStore.listDue(database.database, ownerId, mailAccountId, 100)).map((op) => op.id)
  return { ...account, due }
}

test('operations are due in the order in which they were inserted, and only for their owner and account', async () => {
  const { ownerId, mailAccountId } = await withOps(5)
  const other = await withOps(1)
  const ops = await remoteOpStore.listDue(database.database, ownerId, mailAccountId, 100)
  const flags = ops.map((op) => (op.kind === 'set_flags' ? op.change.add[0] : undefined))
  assert.deepEqual(flags, ['flag0', 'flag1', 'flag2', 'flag3', 'flag4'])
  assert.deepEqual(await remoteOpStore.listDue(database.database, other.ownerId, mailAccountId, 100), [])
  assert.equal((await remoteOpStore.listDue(database.database, ownerId, mailAccountId, 2)).length, 2)
})

test('an operation that was begun stays due, so that a crash forgets none; a confirmed one is gone', async () => {
  const { ownerId, mailAccountId, due } = await withOps(2)
  const [first = '', second = ''] = await due()
  assert.deepEqual(await remoteOpStore.markRunning(database.database, ownerId, [first]), [first])
  const [running] = await remoteOpStore.listDue(database.database, ownerId, mailAccountId, 1)
  assert.deepEqual([running?.id, running?.state, running?.attempts], [first, 'running', 1])
  await database.transact((tx) => remoteOpStore.done(tx, ownerId, [first]))
  assert.deepEqual(await due(), [second])
  assert.deepEqual(await remoteOpStore.markRunning(database.database, ownerId, [first]), [])
})

test('one that is put off waits for its time, a refused one is never tried again', async () => {
  const { ownerId, mailAccountId, due } = await withOps(3)
  const [first = '', second = '', third = ''] = await due()
  await remoteOpStore.postpone(database.database, ownerId, [first], { seconds: 60, error: 'busy' })
  await database.transact((tx) => remoteOpStore.fail(tx, ownerId, [second], 'NO such folder'))
  assert.deepEqual(await due(), [third])
  await database.transact((tx) => remoteOpStore.done(tx, ownerId, [third]))
  const next = await remoteOpStore.nextAttemptAt(database.database, ownerId, mailAccountId)
  assert(next && next.getTime() > Date.now() + 50_000)
  await database.transact((tx) => remoteOpStore.done(tx, ownerId, [first]))
  assert.equal(await remoteOpStore.nextAttemptAt(database.database, ownerId, mailAccountId), undefined)
})
