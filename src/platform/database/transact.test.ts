import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase } from '../../../test/harness/database.ts'
import { AppError } from '../errors.ts'
import { createDatabase, onCommit, type Tx } from './database.ts'

suite('transact', async () => {
  const testDatabase = await createTestDatabase()
  const errors: Error[] = []
  const { database, transact, close } = createDatabase({
    url: testDatabase.url,
    poolSize: 4,
    onError: (error) => errors.push(error),
  })
  after(async () => {
    await close()
    await testDatabase.drop()
  })
  await sql`create table note (id int primary key, text text not null)`.execute(database)
  const write = (tx: Tx, id: number, text: string) =>
    sql`insert into note values (${id}, ${text}) on conflict (id) do update set text = excluded.text`.execute(tx)
  const textOf = async (id: number) =>
    (await sql<{ text: string }>`select text from note where id = ${id}`.execute(database)).rows[0]?.text

  test('a hook runs once what it tells of is to be seen by others', async () => {
    const seen = Promise.withResolvers<string | undefined>()
    const order: string[] = []
    await transact(async (tx) => {
      onCommit(tx, () => {
        order.push('hook')
        seen.resolve(textOf(1))
      })
      await write(tx, 1, 'committed')
      order.push('work')
    })
    assert.deepEqual(order, ['work', 'hook'])
    assert.equal(await seen.promise, 'committed')
  })

  test('a transaction that is rolled back runs no hook and keeps nothing', async () => {
    let ran = 0
    const failing = transact(async (tx) => {
      onCommit(tx, () => ran++)
      await write(tx, 2, 'never')
      throw new Error('changed my mind')
    })
    await assert.rejects(failing, /changed my mind/)
    assert.equal(ran, 0)
    assert.equal(await textOf(2), undefined)
  })

  test('a transaction whose commit fails runs no hook', async () => {
    await sql`create table late (id int unique deferrable initially deferred)`.execute(database)
    let ran = 0
    const failing = transact(async (tx) => {
      onCommit(tx, () => ran++)
      await sql`insert into late values (1), (1)`.execute(tx)
    })
    await assert.rejects(failing, { code: '23505' })
    assert.equal(ran, 0)
  })

  test('a hook that throws undoes nothing, stops no other, and is reported', async () => {
    let ran = 0
    const result = await transact(async (tx) => {
      onCommit(tx, () => {
        throw new Error('broken hook')
      })
      onCommit(tx, () => ran++)
      await write(tx, 3, 'kept')
      return 'done'
    })
    assert.equal(result, 'done')
    assert.equal(ran, 1)
    assert.equal(await textOf(3), 'kept')
    assert.match(errors.at(-1)?.message ?? '', /broken hook/)
  })

  test('a hook outside of a transaction is refused', async () => {
    const began = database.transaction().execute(async (tx) => onCommit(tx, () => undefined))
    await assert.rejects(began, /transact\(\)/)
  })

  test('of two that deadlock both succeed, and each hook runs once', async () => {
    await transact(async (tx) => {
      await write(tx, 10, '')
      await write(tx, 11, '')
    })
    const bothHoldOne = Promise.withResolvers<void>()
    let holding = 0
    let hooks = 0
    let attempts = 0
    const crossing = (first: number, second: number) =>
      transact(async (tx) => {
        attempts++
        onCommit(tx, () => hooks++)
        await write(tx, first, `by ${first}`)
        if (++holding === 2) bothHoldOne.resolve()
        await bothHoldOne.promise
        await write(tx, second, `by ${first}`)
      })
    await Promise.all([crossing(10, 11), crossing(11, 10)])
    assert.ok(attempts > 2, 'one of them at least was begun again')
    assert.equal(hooks, 2)
    assert.equal(await textOf(10), await textOf(11))
  })

  test('an error that a repetition cannot mend is not repeated', async () => {
    let attempts = 0
    const failing = transact(async (tx) => {
      attempts++
      await sql`insert into note values (20, null)`.execute(tx)
    })
    await assert.rejects(failing, { code: '23502' })
    assert.equal(attempts, 1)
  })

  test('while no connection can be had, its callers hear that it is worth trying again', async () => {
    const away = createDatabase({ url: 'postgres://127.0.0.1:1/none', poolSize: 2, onError: () => undefined })
    await assert.rejects(
      away.transact(async () => undefined),
      (error: AppError) => {
        assert.ok(error instanceof AppError)
        assert.equal(error.kind, 'unavailable')
        return true
      },
    )
    await away.close()
  })

  test('a transaction that meets a cut connection begins on another', async () => {
    const other = await createTestDatabase()
    const pool = createDatabase({ url: other.url, poolSize: 2, onError: () => undefined })
    await Promise.all([1, 2].map(() => sql`select 1`.execute(pool.database)))
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${new URL(other.url).pathname.slice(1)} and application_name = 'ultid'`.execute(database)
    await Promise.all([1, 2, 3].map(() => pool.transact(async (tx) => sql`select 1`.execute(tx))))
    await pool.close()
    await other.drop()
  })
})
