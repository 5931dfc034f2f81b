import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase } from '../../../test/harness/open-database.ts'
import { newId } from '../ids.ts'
import { audit, originOf } from './audit.ts'

suite('the audit log', async () => {
  const { database, close } = await openTestDatabase()
  after(close)
  const origin = { address: '192.0.2.7', userAgent: 'Test' }
  const read = (ownerId: string) =>
    database.selectFrom('audit_entry').selectAll().where('owner_id', '=', ownerId).execute()
  const backdate = (ownerId: string) =>
    sql`insert into audit_entry (owner_id, id, action, outcome, at)
    values (${ownerId}, ${newId()}, 'test.thing_done', 'success', now() - interval '400 days')`.execute(database)

  test('keeps who did what to what, from where and with which outcome', async () => {
    const [ownerId, target] = [newId(), newId()]
    await audit.record(database, {
      ...{ ownerId, actorId: ownerId, action: 'mail.credentials_changed', target, outcome: 'success', origin },
      details: { fields: ['imap'] },
    })
    const [entry] = await read(ownerId)
    assert.deepEqual(
      [
        entry?.actor_id,
        entry?.action,
        entry?.target,
        entry?.outcome,
        entry?.address,
        entry?.user_agent,
        entry?.details,
      ],
      [ownerId, 'mail.credentials_changed', target, 'success', '192.0.2.7', 'Test', { fields: ['imap'] }],
    )
  })

  test('an entry can be neither changed nor deleted within a year, and is deleted after it', async () => {
    const ownerId = newId()
    await audit.record(database, { ownerId, action: 'test.thing_done', outcome: 'success', origin })
    await backdate(ownerId)
    const refused = /kept as they are/
    await assert.rejects(
      sql`update audit_entry set outcome = 'failed' where owner_id = ${ownerId}`.execute(database),
      refused,
    )
    await assert.rejects(sql`delete from audit_entry where owner_id = ${ownerId}`.execute(database), refused)
    await assert.rejects(sql`truncate audit_entry`.execute(database), refused)
    await assert.rejects(sql`truncate audit_entry_p3`.execute(database), refused)
    assert.equal((await read(ownerId)).length, 2)
    await audit.removeOld(database)
    assert.equal((await read(ownerId)).length, 1)
  })

  test('an address that is none and a long user agent do no harm', async () => {
    const odd = originOf({ ip: 'unix:', headers: { 'user-agent': 'x'.repeat(9000) } })
    assert.deepEqual([odd.address, odd.userAgent.length], [null, 500])
    await audit.record(database, { ownerId: undefined, action: 'test.thing_done', outcome: 'refused', origin: odd })
  })
})
