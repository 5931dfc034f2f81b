import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

const times = { start: '20270308T090000', end: '20270308T103000', timezone: 'Europe/Paris' }
/** All that may be said of an event, as it is answered too. */
const said = {
  ...{ summary: 'Board, “spring”; plans', description: 'First line\nSecond, with \\ and ;', location: 'Salle 2' },
  ...{ ...times, end_timezone: 'America/New_York', end: '20270308T043000' },
  ...{ status: 'TENTATIVE', transparency: 'TRANSPARENT', visibility: 'CONFIDENTIAL' },
  categories: ['Work', 'Déjà, vu'],
  url: 'https://example.org/board',
  conferences: [{ uri: 'https://meet.example.org/board', label: 'Call', features: ['AUDIO', 'VIDEO'] }],
  attachments: [
    { uri: 'https://example.org/plan.pdf', filename: 'plan.pdf', content_type: 'application/pdf', size: 1234 },
  ],
  alarms: [
    { action: 'DISPLAY', trigger: '-PT15M', related: 'start' },
    { action: 'EMAIL', trigger: 'PT0S', related: 'end' },
    { action: 'AUDIO', trigger: '20270308T060000Z', related: 'start' },
  ],
  rrule: 'FREQ=WEEKLY;COUNT=4',
  rdates: ['20270310T090000'],
  exdates: ['20270315T090000'],
  organizer: 'alice@example.com',
  attendees: [
    { email: 'bob@example.com', name: 'Bob', status: 'NEEDS-ACTION', role: 'CHAIR', rsvp: true, type: 'INDIVIDUAL' },
    {
      email: 'carol@example.com',
      name: 'Carol',
      status: 'ACCEPTED',
      role: 'OPT-PARTICIPANT',
      rsvp: false,
      type: 'GROUP',
    },
  ],
}

suite('what an event says', async () => {
  const calendar = await startCalendarApp()
  after(() => calendar.close())
  const call = async (method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as('alice', method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const shownOf = (event: object, keys: readonly string[]) =>
    Object.fromEntries(Object.entries(event).filter(([key]) => keys.includes(key)))
  for (const user of ['alice', 'bob', 'carol']) await calendar.as(user, 'GET', '/')
  const { path } = await call('POST', '/personal/events', { uid: 'board', ...said }, 201)

  test('is answered as it was written, in lists and alone, with its zones written for those who have none', async () => {
    const keys = Object.keys(said)
    const event = await call('GET', `/events${path}`)
    assert.deepEqual(shownOf(event, keys), said)
    assert.deepEqual(
      [event.starts_at, event.ends_at, event.is_all_day, event.is_recurring],
      ['2027-03-08T08:00:00.000Z', '2027-03-08T09:30:00.000Z', false, true],
    )
    const [listed] = (await call('GET', '/personal/events')).items
    assert.deepEqual(shownOf(listed, keys), said)
    const { content } = calendar.nextcloud.calendars.find('alice', 'personal')?.collection.objects['board.ics'] ?? {}
    for (const zone of ['Europe/Paris', 'America/New_York']) {
      assert.match(content ?? '', new RegExp(`BEGIN:VTIMEZONE\\r\\nTZID:${zone}`))
    }
  })

  test('stays where a change leaves it out, and goes where it is null', async () => {
    await call('PUT', `/events${path}`, { summary: said.summary, start: said.start, end: said.end })
    assert.deepEqual(shownOf(await call('GET', `/events${path}`), Object.keys(said)), said)
    const gone = ['description', 'location', 'categories', 'url', 'conferences', 'attachments', 'alarms', 'rdates']
    const nothing = Object.fromEntries(gone.map((key) => [key, null]))
    await call('PUT', `/events${path}`, {
      ...{ summary: 'Board', ...times, end_timezone: null, ...nothing },
      ...{ exdates: null, rrule: null, status: null, transparency: null, visibility: null },
    })
    const { rrule, exdates, ...left } = await call('GET', `/events${path}`)
    assert.deepEqual([rrule, exdates], [null, []])
    assert.deepEqual(shownOf(left, gone), {
      ...{
        description: '',
        location: '',
        url: null,
        categories: [],
        conferences: [],
        attachments: [],
        alarms: [],
        rdates: [],
      },
    })
    assert.deepEqual(
      [left.status, left.transparency, left.visibility, left.end_timezone, left.attendees.length],
      ['CONFIRMED', 'OPAQUE', 'PUBLIC', null, 2],
    )
  })

  test('gets the address of its meeting where it has no place, and a room of its own where another holds the uid', async () => {
    const event = { uid: 'standup', summary: 'Standup', start: '20270308T090000Z', end: '20270308T093000Z' }
    const { path: own } = await call('POST', '/personal/events', event, 201)
    const link = await call('POST', `/events/meet-link${own}`, {})
    assert.match(link.meet_url, /^https:\/\/your-domain\/meet\/standup\?jwt=ey/)
    const { location, url } = await call('GET', `/events${own}`)
    assert.deepEqual([location, url], ['https://your-domain/meet/standup', 'https://your-domain/meet/standup'])
    const copied = await calendar.as('bob', 'POST', '/personal/events', event)
    assert.equal(copied.status, 201)
    const other = await calendar.as('bob', 'POST', `/events/meet-link${copied.body.path}`, {})
    assert.match(other.body.meet_url, /^https:\/\/your-domain\/meet\/standup-[a-z0-9]+\?jwt=ey/)
  })
})
