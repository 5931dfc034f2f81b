import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { type RawBuilder, sql } from 'kysely'
import { settingsFor, ultid } from '../../../test/harness/command-line.ts'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { createTempDir } from '../../../test/harness/temp-dir.ts'
import { newId } from '../ids.ts'
import { audit } from './audit.ts'
import { auditHeads, type ChainHead, verifyAudit } from './audit-chain.ts'

suite('the chain of the audit log', async () => {
  const { database, url, close } = await openTestDatabase()
  const files = await createTempDir('audit')
  after(async () => {
    await close()
    await files.remove()
  })
  const origin = { address: '192.0.2.7', userAgent: 'Test' }
  const [alice, bob] = [newId(), newId()]
  const record = (ownerId: string | undefined, word: string) =>
    audit.record(database, {
      ...{
        ownerId,
        actorId: ownerId,
        action: 'test.thing_done',
        outcome: 'success',
        origin,
        details: { word, é: [1] },
      },
    })
  const entryOf = async (ownerId: string, seq: number) => {
    const { rows } = await sql<{ id: string }>`
      select id from audit_entry where owner_id = ${ownerId} and seq = ${seq}`.execute(database)
    return rows[0]?.id
  }
  const kinds = async (remembered?: ChainHead[]) =>
    (await verifyAudit(database, remembered)).faults.map(({ kind }) => kind)

  /** What somebody does who has the database: no trigger keeps them from it. Taken back once `look` is through. */
  const tampered = (work: RawBuilder<unknown>, look: (db: typeof database) => Promise<void>) =>
    database
      .transaction()
      .execute(async (tx) => {
        await sql`set local session_replication_role = replica`.execute(tx)
        await work.execute(tx)
        await look(tx)
        throw new Error('taken back')
      })
      .catch((error: Error) => assert.equal(error.message, 'taken back'))
  const shows = (work: RawBuilder<unknown>, expected: string[], remembered?: ChainHead[]) =>
    tampered(work, async (tx) => {
      const { faults } = await verifyAudit(tx, remembered)
      assert.deepEqual(faults.map(({ kind }) => kind).sort(), expected.sort())
    })

  test('is whole for whatever was written, by many at once', async () => {
    const words = Array.from({ length: 20 }, (_, at) => `word ${at}`)
    await Promise.all(words.map((word, at) => record([alice, bob, undefined][at % 3], word)))
    const { entries, chains, faults } = await verifyAudit(database)
    assert.deepEqual([entries, chains, faults], [20, 3, []])
    await sql`set time zone 'Asia/Tokyo'`.execute(database)
    assert.deepEqual(await kinds(), [])
  })

  test('shows each way of changing it', async () => {
    const [third, last] = [await entryOf(alice, 3), await entryOf(alice, 7)]
    assert.ok(third && last)
    const where = sql`where owner_id = ${alice} and id = ${third}`
    await shows(sql`update audit_entry set actor_id = null ${where}`, ['changed'])
    await shows(sql`update audit_entry set details = '{"word": "other"}' ${where}`, ['changed'])
    await shows(sql`update audit_entry set at = at - interval '1 microsecond' ${where}`, ['changed'])
    await shows(sql`delete from audit_entry ${where}`, ['missing_before'])
    await shows(sql`delete from audit_entry where owner_id = ${alice} and seq = 1`, ['missing_before'])
    await shows(sql`delete from audit_entry where owner_id = ${alice} and id = ${last}`, ['missing_at_end'])
    await shows(sql`delete from audit_head where owner_id = ${alice}`, ['missing_at_end'])
    await shows(
      sql`insert into audit_entry (owner_id, id, action, outcome) values (${alice}, ${newId()}, 'test.thing_done', 'success')`,
      ['unchained'],
    )
  })

  test('made anew as a whole it shows against what was remembered of it', async () => {
    const heads: ChainHead[] = []
    for await (const head of auditHeads(database)) heads.push(head)
    assert.equal(heads.length, 3)
    const forged = sql`update audit_entry set outcome = 'refused' where owner_id = ${alice} and seq = 7`
    await tampered(forged, async (tx) => {
      await sql`update audit_entry as entry set hash = audit_entry_hash(entry) where owner_id = ${alice}`.execute(tx)
      await sql`update audit_head set hash = (select hash from audit_entry where owner_id = ${alice} and seq = 7)
        where owner_id = ${alice}`.execute(tx)
      assert.deepEqual((await verifyAudit(tx)).faults, [])
      const { faults } = await verifyAudit(tx, heads)
      assert.deepEqual(
        faults.map(({ kind, seq }) => [kind, seq]),
        [['unlike_remembered', 7]],
      )
    })
  })

  test('of which the oldest entries were removed for their age is whole', async () => {
    await tampered(
      sql`update audit_entry set at = now() - interval '400 days' where owner_id = ${bob} and seq <= 2`,
      async (tx) => {
        await sql`set local session_replication_role = origin`.execute(tx)
        await audit.removeOld(tx)
        const { entries, faults } = await verifyAudit(tx)
        assert.deepEqual([entries, faults], [18, []])
      },
    )
  })

  test('"ultid audit" says whether it is whole, and keeps its ends', async () => {
    const run = (...args: string[]) => ultid(['audit', ...args], settingsFor(url))
    const heads = await run('heads')
    assert.equal(heads.output.trimEnd().split('\n').length, 3)
    const file = join(files.path, 'heads')
    await writeFile(file, heads.output)
    const whole = await run('verify', '--against', file)
    assert.deepEqual([whole.code, whole.complaint], [0, ''])
    assert.match(whole.output, /^20 entries in 3 chains are as they were written, and the 3 remembered ends/)
    await writeFile(file, heads.output.replaceAll(/ [0-9a-f]{8}/g, ' 00000000'))
    const unlike = await run('verify', '--against', file)
    assert.equal(unlike.code, 1)
    assert.match(unlike.complaint, /the entry is not the one that was remembered, at 7/)
    assert.equal((await run('verify', '--against', '/nonexistent')).code, 2)
  })
})
