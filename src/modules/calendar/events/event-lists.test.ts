import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

type Shown = { summary: string; start: string; path: string }

suite('a time of calendars that is asked for again', async () => {
  const calendar = await startCalendarApp()
  after(() => calendar.close())
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const month = '/events?start=20270301&end=20270401&expand=true&timezone=Europe/Paris'
  const shown = async (user = 'alice', query = month): Promise<string[]> =>
    (await call(user, 'GET', query)).items.map(({ start, summary }: Shown) => `${start} ${summary}`)
  const event = (summary: string, day: string, more = {}) => ({
    ...{ uid: summary, summary, start: `${day}T090000Z`, end: `${day}T100000Z`, ...more },
  })

  test('shows what was made, changed, moved and deleted since', async () => {
    assert.deepEqual(await shown(), [])
    const { path } = await call('alice', 'POST', '/personal/events', event('Lunch', '20270308'), 201)
    const weekly = event('Weekly', '20270320', { rrule: 'FREQ=WEEKLY' })
    const { path: series } = await call('alice', 'POST', '/personal/events', weekly, 201)
    const all = ['20270308T090000Z Lunch', '20270320T090000Z Weekly', '20270327T090000Z Weekly']
    assert.deepEqual(await shown(), all)
    assert.deepEqual(await shown(), all)
    await call('alice', 'PUT', `/events${path}`, event('Dinner', '20270308', { uid: undefined }))
    const moved = event('Moved', '20270328', { uid: undefined })
    await call('alice', 'PUT', `/events${series}?scope=this&recurrence_id=20270327T090000Z`, moved)
    const changed = ['20270308T090000Z Dinner', '20270320T090000Z Weekly', '20270328T090000Z Moved']
    assert.deepEqual(await shown(), changed)
    await call('alice', 'DELETE', `/events${path}`, undefined, 204)
    assert.deepEqual(await shown(), changed.slice(1))
    assert.deepEqual(await shown('alice', `${month}&limit=1`), changed.slice(1, 2))
  })

  test('shows what another program wrote, as soon as it is known here', async () => {
    const found = calendar.nextcloud.calendars.find('alice', 'personal')
    assert(found)
    const lines = ['BEGIN:VEVENT', 'UID:other', 'DTSTAMP:20270101T000000Z', 'DTSTART:20270302T080000Z', 'SUMMARY:Other']
    const text = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join(
      '\r\n',
    )
    calendar.nextcloud.calendars.put(found.collection, 'other.ics', text)
    await calendar.app.app.platform.database.updateTable('calendar_home').set({ checked_at: null }).execute()
    assert.equal((await shown())[0], '20270302T080000Z Other')
  })

  test('shows a birthday that became known, in the language that its owner chose since', async () => {
    const headers = await calendar.bearer('alice')
    const before = await shown()
    const body = { name: { full: 'Grace' }, anniversaries: { d1: { kind: 'birth', date: { month: 3, day: 9 } } } }
    const made = await calendar.app.request('POST', '/api/v1/contacts/contacts/contacts', { headers, body })
    assert.equal(made.status, 201)
    assert.deepEqual((await shown()).toSorted(), [...before, '20270309 Birthday: Grace'].toSorted())
    const chosen = await calendar.app.request('PATCH', '/api/v1/account/', { headers, body: { locale: 'fr-FR' } })
    assert.equal(chosen.status, 200)
    assert.ok((await shown()).includes('20270309 Anniversaire : Grace'))
  })

  test('shows everybody their own events', async () => {
    await call('bob', 'POST', '/personal/events', event('Secret', '20270308'), 201)
    const bobs = ['20270308T090000Z Secret']
    assert.deepEqual([await shown('bob'), await shown('bob')], [bobs, bobs])
    assert.ok(!(await shown()).includes('20270308T090000Z Secret'))
  })
})
