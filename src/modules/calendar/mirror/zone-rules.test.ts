import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

suite('when the rules of a time zone change', async () => {
  const calendar = await startCalendarApp()
  after(() => calendar.close())
  const { database } = calendar.app.app.platform
  const call = async (method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as('alice', method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const shown = async () => {
    const { items } = await call('GET', '/events?start=20270301&end=20270401&expand=true')
    return items.map((one: Record<string, string>) => [one.uid, one.start, one.starts_at])
  }
  /** As if it had been read while Paris kept another time, and not been compared with the server since yesterday. */
  const readLongAgo = async (zoneRules: string) => {
    const times = { starts_at: new Date('2027-03-08T10:00Z'), ends_at: new Date('2027-03-08T11:00Z') }
    await database
      .updateTable('calendar_event')
      .set({ ...times, range_end: times.ends_at })
      .execute()
    await database.updateTable('calendar_object').set({ zone_rules: zoneRules }).execute()
    await database
      .updateTable('calendar')
      .set({ reconciled_at: new Date(Date.now() - 25 * 3_600_000) })
      .execute()
    await database.updateTable('calendar_home').set({ checked_at: null }).execute()
  }
  const zoned = { uid: 'zoned', summary: 'Zoned', start: '20270308T090000', end: '20270308T100000' }

  test('an event stays where it is on the wall, and takes place at another moment', async () => {
    await call('POST', '/personal/events', { ...zoned, timezone: 'Europe/Paris' }, 201)
    const right = [['zoned', '20270308T090000', '2027-03-08T08:00:00.000Z']]
    assert.deepEqual(await shown(), right)
    const { zone_rules: current } = await database
      .selectFrom('calendar_object')
      .select('zone_rules')
      .executeTakeFirstOrThrow()
    assert.match(current, /^\d{4}[a-z]$/)
    await readLongAgo('2020a')
    assert.deepEqual(await shown(), right)
    const headers = await calendar.bearer('alice')
    const { body } = await calendar.app.request('GET', '/api/v1/events?after=0&limit=1000', { headers })
    assert.equal(body.items.at(-1).type, 'calendar.calendar_changed')
    await readLongAgo(current)
    assert.deepEqual(await shown(), [['zoned', '20270308T090000', '2027-03-08T10:00:00.000Z']], 'each is read once')
  })
})
