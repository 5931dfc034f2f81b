import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

type Shown = {
  path: string
  etag: string
  summary: string
  start: string
  status: string
  recurrence_id: string | null
  attendees: { email: string; status: string }[]
}

suite('events, calendars and those who share them', () => {
  let calendar: CalendarApp
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const answers = ({ attendees }: Shown) => attendees.map(({ status }) => status)
  const invite = (uid: string, more = {}) => ({
    ...{ uid, summary: uid, start: '20270308T090000', end: '20270308T100000', timezone: 'Europe/Paris' },
    ...{ attendees: [{ email: 'bob@example.com' }, { email: 'carol@example.com' }], ...more },
  })
  const copyOf = async (user: string, uid: string): Promise<Shown> => {
    const { items } = await call(user, 'GET', '/personal/events')
    return items.find(
      (one: { uid: string; recurrence_id: string | null }) => one.uid === uid && one.recurrence_id === null,
    )
  }
  const month = 'start=20270301T000000&end=20270401T000000&expand=true&timezone=Europe/Paris'
  const starts = async (user: string, uid: string): Promise<string[]> => {
    const { items } = await call(user, 'GET', `/personal/events?${month}`)
    return items.filter((one: { uid: string }) => one.uid === uid).map(({ start }: Shown) => start)
  }

  before(async () => {
    calendar = await startCalendarApp()
    await Promise.all(['alice', 'bob', 'carol'].map((user) => call(user, 'GET', '/')))
  })
  after(() => calendar.close())

  test('an invitation is with those invited at once; a new time takes their answers back; a deletion cancels', async () => {
    const { path } = await call('alice', 'POST', '/personal/events', invite('planning'), 201)
    for (const user of ['bob', 'carol']) {
      const copy = await copyOf(user, 'planning')
      await call(user, 'POST', `/events/response${copy.path}`, { email: `${user}@example.com`, response: 'accepted' })
    }
    assert.deepEqual(answers(await call('alice', 'GET', `/events${path}`)), ['ACCEPTED', 'ACCEPTED'])
    await call(
      'alice',
      'PUT',
      `/events${path}`,
      invite('planning', { attendees: undefined, description: 'No new time' }),
    )
    assert.deepEqual(answers(await call('alice', 'GET', `/events${path}`)), ['ACCEPTED', 'ACCEPTED'])
    const later = { start: '20270308T110000', end: '20270308T120000', attendees: undefined }
    await call('alice', 'PUT', `/events${path}`, invite('planning', later))
    assert.deepEqual(answers(await call('alice', 'GET', `/events${path}`)), ['NEEDS-ACTION', 'NEEDS-ACTION'])
    const bobs = await copyOf('bob', 'planning')
    assert.deepEqual([bobs.start, answers(bobs)], ['20270308T110000', ['NEEDS-ACTION', 'NEEDS-ACTION']])
    await call('alice', 'DELETE', `/events${path}`, undefined, 204)
    assert.equal((await copyOf('bob', 'planning')).status, 'CANCELLED')
  })

  test('a series with one moved and one left out is the same for all, over a change of the clocks', async () => {
    const weekly = invite('weekly', { rrule: 'FREQ=WEEKLY;COUNT=4' })
    const { path } = await call('alice', 'POST', '/personal/events', weekly, 201)
    const moved = { ...invite('weekly'), start: '20270316T140000', end: '20270316T150000', attendees: undefined }
    await call('alice', 'PUT', `/events${path}?scope=this&recurrence_id=20270315T080000Z`, moved)
    await call('alice', 'DELETE', `/events${path}?scope=this&recurrence_id=20270322T080000Z`, undefined, 204)
    const expected = ['20270308T090000', '20270316T140000', '20270329T090000']
    assert.deepEqual(await starts('alice', 'weekly'), expected)
    assert.deepEqual(await starts('bob', 'weekly'), expected)
    const { items } = await call('alice', 'GET', `/personal/events?${month}`)
    const last = items.findLast((one: { uid: string }) => one.uid === 'weekly')
    assert.deepEqual([last.starts_at, last.recurrence_id], ['2027-03-29T07:00:00.000Z', '20270329T070000Z'])
    const one = await call('alice', 'GET', `/events${path}?recurrence_id=20270329T070000Z`)
    assert.equal(one.start, '20270329T090000')
  })

  test('from one occurrence on a series becomes another, with what is left of its count', async () => {
    const daily = { ...invite('daily', { rrule: 'FREQ=DAILY;COUNT=5' }), attendees: undefined }
    const { path } = await call('alice', 'POST', '/personal/events', daily, 201)
    const changed = { ...daily, rrule: undefined, summary: 'Later', start: '20270310T150000', end: '20270310T160000' }
    const { following } = await call(
      'alice',
      'PUT',
      `/events${path}?scope=following&recurrence_id=20270310T080000Z`,
      changed,
    )
    assert.deepEqual(await starts('alice', 'daily'), ['20270308T090000', '20270309T090000'])
    assert.deepEqual(await starts('alice', following.uid), ['20270310T150000', '20270311T150000', '20270312T150000'])
    await call(
      'alice',
      'DELETE',
      `/events${following.path}?scope=following&recurrence_id=20270312T140000Z`,
      undefined,
      204,
    )
    assert.deepEqual(await starts('alice', following.uid), ['20270310T150000', '20270311T150000'])
    await call(
      'alice',
      'DELETE',
      `/events${following.path}?scope=following&recurrence_id=20270310T140000Z`,
      undefined,
      204,
    )
    await call('alice', 'GET', `/events${following.path}`, undefined, 404)
  })

  test('a series moves by what one of its occurrences is moved by, for all who are invited', async () => {
    const series = invite('lesson', { rrule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=3' })
    const { path } = await call('alice', 'POST', '/personal/events', series, 201)
    const second = `/events${path}?scope=all&recurrence_id=20270315T080000Z`
    const renamed = { summary: 'Lesson', start: '20270315T090000', end: '20270315T100000', timezone: 'Europe/Paris' }
    await call('alice', 'PUT', second, renamed)
    assert.deepEqual(await starts('bob', 'lesson'), ['20270308T090000', '20270315T090000', '20270322T090000'])
    await call('alice', 'PUT', second, { ...renamed, start: '20270316T110000', end: '20270316T120000' })
    assert.deepEqual(await starts('bob', 'lesson'), ['20270309T110000', '20270316T110000', '20270323T110000'])
    await call('alice', 'PUT', second, renamed, 404)
  })

  test('whole days are those of whoever asks', async () => {
    await call('alice', 'POST', '/personal/events', { uid: 'holiday', summary: 'Holiday', start: '20270501' }, 201)
    const on = async (query: string) => {
      const { items } = await call('alice', 'GET', `/events?${query}&expand=true`)
      return items
        .filter((one: { uid: string }) => one.uid === 'holiday')
        .map((one: { starts_at: string }) => one.starts_at)
    }
    assert.deepEqual(await on('start=20270501&end=20270502&timezone=Europe/Paris'), ['2027-04-30T22:00:00.000Z'])
    assert.deepEqual(await on('start=20270502&end=20270503&timezone=Europe/Paris'), [])
    assert.deepEqual(await on('start=2027-05-01T00:00:00Z&end=2027-05-02T00:00:00Z'), ['2027-05-01T00:00:00.000Z'])
  })

  test('pages go on where the last one ended', async () => {
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await call('alice', 'GET', `/events?${month}&limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...page.items.map((one: Shown) => `${one.path} ${one.recurrence_id}`))
      cursor = page.next_cursor
    }
    assert.equal(new Set(seen).size, seen.length)
    assert.equal(seen.length, (await call('alice', 'GET', `/events?${month}`)).items.length)
  })

  test('calendars are made, changed, shared and deleted', async () => {
    const made = await call('alice', 'POST', '/', { name: 'Work', color: '#00aaff' }, 201)
    assert.deepEqual([made.name, made.color, made.access, made.owner], ['Work', '#00aaff', 'owner', 'alice'])
    const changed = await call('alice', 'PATCH', `/${made.id}`, { name: 'Office', order: 3, is_visible: false })
    assert.deepEqual([changed.id, changed.name, changed.order, changed.is_visible], [made.id, 'Office', 3, false])
    await call('alice', 'POST', `/${made.id}/events`, { ...invite('shared'), attendees: undefined }, 201)
    const shared = await call('alice', 'PUT', `/${made.id}/shares`, { email: 'bob@example.com', access: 'read_write' })
    assert.deepEqual(shared.shares, [{ user: 'bob', access: 'read_write' }])
    const theirs = (await call('bob', 'GET', '/')).items.find((one: { owner: string }) => one.owner === 'alice')
    assert.deepEqual([theirs.access, theirs.name], ['read_write', 'Office'])
    const [event] = (await call('bob', 'GET', `/${theirs.id}/events`)).items
    await call('bob', 'PUT', `/events${event.path}`, {
      ...invite('shared'),
      summary: 'Bob was here',
      attendees: undefined,
    })
    assert.equal((await call('alice', 'GET', `/${made.id}/events`)).items[0].summary, 'Bob was here')
    await call('bob', 'PUT', `/${theirs.id}/shares`, { email: 'carol@example.com', access: 'read' }, 403)
    await call('alice', 'PUT', `/${made.id}/shares`, { email: 'nobody@example.com', access: 'read' }, 422)
    await call('alice', 'DELETE', `/${made.id}/shares/bob`)
    await call('bob', 'GET', `/${theirs.id}`, undefined, 404)
    await call('alice', 'DELETE', `/${made.id}`, undefined, 204)
    await call('alice', 'GET', `/${made.id}`, undefined, 404)
  })

  test('a calendar is made while others are looked at', async () => {
    for (const name of ['One', 'Two', 'Three']) {
      await calendar.app.app.platform.database.updateTable('calendar_home').set({ checked_at: null }).execute()
      const [made] = await Promise.all([
        call('carol', 'POST', '/', { name }, 201),
        call('carol', 'GET', '/'),
        call('carol', 'GET', '/events?start=2027-03-01T00:00:00Z&end=2027-03-02T00:00:00Z'),
      ])
      assert.equal(made.name, name)
    }
  })

  test('events are found by the search, and planned among the meetings', async () => {
    const { path } = await call(
      'alice',
      'POST',
      '/personal/events',
      { ...invite('standup'), location: 'Orangery' },
      201,
    )
    const headers = await calendar.bearer('alice')
    const found = await calendar.app.request('GET', '/api/v1/search?q=orangery', { headers })
    assert.deepEqual(
      found.body.items.map((one: { type: string; title: string }) => [one.type, one.title]),
      [['calendar.event', 'standup']],
    )
    await call('alice', 'POST', `/events/meet-link${path}`, {})
    const planned = await calendar.app.request(
      'GET',
      '/api/v1/meet/upcoming?from=2027-03-08T00:00:00Z&to=2027-03-09T00:00:00Z',
      { headers },
    )
    const ofCalendar = planned.body.items.filter((one: { source: string }) => one.source === 'calendar')
    assert.deepEqual(
      ofCalendar.map((one: { title: string; room: string }) => [one.title, one.room]),
      [['standup', 'standup']],
    )
    await call('alice', 'DELETE', `/events${path}`, undefined, 204)
    assert.deepEqual((await calendar.app.request('GET', '/api/v1/search?q=orangery', { headers })).body.items, [])
  })
})
