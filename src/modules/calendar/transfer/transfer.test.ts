import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { addMailAccount } from '../../../../test/fixtures/calendar-mail.ts'
import { oddCalendars } from '../../../../test/fixtures/odd-calendars.ts'

suite('files of calendars, and times to meet', () => {
  let calendar: CalendarApp
  const send = (path: string, body: string) =>
    calendar.as('alice', 'POST', path, body, { 'content-type': 'text/calendar' })
  const exported = async (): Promise<string> => {
    const answer = await fetch(new URL('/api/v1/calendar/personal/export', calendar.app.url), {
      headers: await calendar.bearer('alice'),
    })
    assert.match(answer.headers.get('content-disposition') ?? '', /filename="Personal.ics"/)
    return answer.text()
  }

  before(async () => {
    calendar = await startCalendarApp()
    for (const user of ['alice', 'bob', 'carol']) await calendar.as(user, 'GET', '/')
  })
  after(() => calendar.close())

  test('a file is taken in event by event, once, whatever program wrote it; what is exported is the same', async () => {
    const all = Object.values(oddCalendars).join('\n')
    const broken = [
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'UID:',
      'SUMMARY:No start',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n')
    const first = await send('/personal/import', `${all}\n${broken}`)
    assert.equal(first.status, 200, JSON.stringify(first.body))
    assert.equal(first.body.items.length, Object.keys(oddCalendars).length + 1)
    assert.deepEqual([first.body.created, first.body.failed], [Object.keys(oddCalendars).length, 1])
    const again = await send('/personal/import', all)
    assert.deepEqual(
      [again.body.created, again.body.unchanged],
      [0, Object.keys(oddCalendars).length],
      JSON.stringify(again.body),
    )
    const text = await exported()
    assert.equal((await send('/personal/import', text)).body.created, 0)
    for (const kept of ['X-APPLE-STRUCTURED-LOCATION', 'X-MICROSOFT-CDO-BUSYSTATUS', 'X-MOZ-GENERATION'])
      assert.ok(text.includes(kept))
    const changed = await send('/personal/import', oddCalendars.google.replace('SUMMARY:Team sync', 'SUMMARY:Other'))
    assert.deepEqual(
      changed.body.items.map((one: { outcome: string }) => one.outcome),
      ['updated'],
    )
  })

  test('what is no calendar is refused, and so is a calendar that is none', async () => {
    const garbage = await send('/personal/import', 'hello')
    assert.deepEqual([garbage.status, garbage.body.code], [422, 'calendar.file_unreadable'])
    assert.equal((await send('/none/import', oddCalendars.google)).status, 404)
  })

  test('times are proposed at which all who must come are free, the first ones first, in working hours', async () => {
    const day = (user: string, from: string, to: string) =>
      calendar.as(user, 'POST', '/personal/events', {
        summary: 'Busy',
        start: `20270308T${from}00Z`,
        end: `20270308T${to}00Z`,
      })
    await day('bob', '0800', '1000')
    await day('carol', '1000', '1100')
    const body = {
      ...{ start: '2027-03-08T00:00:00Z', end: '2027-03-09T00:00:00Z', duration_minutes: 60, timezone: 'Europe/Paris' },
      attendees: [{ email: 'bob@example.com' }, { email: 'carol@example.com', is_optional: true }],
    }
    const { status, body: answer } = await calendar.as('alice', 'POST', '/freebusy/suggestions', body)
    assert.equal(status, 200, JSON.stringify(answer))
    assert.deepEqual(answer.items[0], {
      ...{ start: '2027-03-08T11:00:00.000Z', end: '2027-03-08T12:00:00.000Z', is_free: true },
      ...{ busy: [], outside_working_hours: [] },
    })
    const optional = answer.items.find((one: { start: string }) => one.start === '2027-03-08T10:00:00.000Z')
    assert.deepEqual([optional.is_free, optional.busy], [true, ['carol@example.com']])
    const last = answer.items.at(-1)
    assert.deepEqual(last.is_free, false)
    // Where bob lives it is late by then.
    const tokyo = { ...body, attendees: [{ email: 'bob@example.com', timezone: 'Asia/Tokyo' }] }
    const far = await calendar.as('alice', 'POST', '/freebusy/suggestions', tokyo)
    assert.ok(far.body.items.every((one: { outside_working_hours: string[] }) => one.outside_working_hours.length > 0))
  })

  test('of people whom nobody knows nothing is said, and it is said so', async () => {
    const body = {
      start: '2027-03-08T00:00:00Z',
      end: '2027-03-09T00:00:00Z',
      attendees: ['stranger@elsewhere.example'],
    }
    const { body: answer } = await calendar.as('alice', 'POST', '/freebusy', body)
    assert.deepEqual(answer.attendees, [{ email: 'stranger@elsewhere.example', periods: [], status: 'unknown' }])
    const wanted = { ...body, duration_minutes: 30, attendees: [{ email: 'stranger@elsewhere.example' }] }
    const proposed = await calendar.as('alice', 'POST', '/freebusy/suggestions', wanted)
    assert.deepEqual(proposed.body.unknown, ['stranger@elsewhere.example'])
  })

  test('one is as busy under each of one’s own addresses', async () => {
    await addMailAccount(calendar, 'alice', 'alice@private.example')
    const event = { summary: 'Busy', start: '20270309T080000Z', end: '20270309T090000Z' }
    assert.equal((await calendar.as('alice', 'POST', '/personal/events', event)).status, 201)
    const body = { start: '2027-03-09T00:00:00Z', end: '2027-03-10T00:00:00Z', attendees: ['alice@private.example'] }
    const ofOwn = await calendar.as('alice', 'POST', '/freebusy', body)
    const periods = [{ start: '20270309T080000Z', end: '20270309T090000Z', type: 'BUSY' }]
    assert.deepEqual(ofOwn.body.attendees, [{ email: 'alice@private.example', periods }])
    const ofOther = await calendar.as('bob', 'POST', '/freebusy', body)
    assert.deepEqual(ofOther.body.attendees, [{ email: 'alice@private.example', periods: [], status: 'unknown' }])
  })
})
