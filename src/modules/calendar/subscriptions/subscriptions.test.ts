import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

const file = (...uids: string[]): string =>
  [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Elsewhere//EN'],
    ...uids.flatMap((uid) => [
      ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20270101T080000Z', `SUMMARY:${uid}`, 'DTSTART;VALUE=DATE:20270501'],
      ...['ORGANIZER:mailto:alice@example.com', 'ATTENDEE:mailto:bob@example.com', 'END:VEVENT'],
    ]),
    ...['END:VCALENDAR', ''],
  ].join('\r\n')

suite('calendars of the web', () => {
  let calendar: CalendarApp
  let web: Server
  let content = file('may-day', 'bridge')
  const asked: (string | undefined)[] = []
  const call = (method: string, path: string, body?: unknown) => calendar.as('alice', method, path, body)
  const url = (path = '/holidays.ics') => `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}`

  before(async () => {
    calendar = await startCalendarApp()
    web = createServer((request, response) => {
      if (request.url === '/moved') return response.writeHead(302, { location: '/holidays.ics' }).end()
      if (request.url !== '/holidays.ics') return response.writeHead(404).end()
      const etag = `"${content.length}"`
      asked.push(request.headers['if-none-match'])
      if (request.headers['if-none-match'] === etag) return response.writeHead(304).end()
      return response.writeHead(200, { 'content-type': 'text/calendar', etag }).end(content)
    })
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    for (const user of ['alice', 'bob']) await calendar.as(user, 'GET', '/')
  })
  after(async () => {
    web.close()
    await calendar.close()
  })

  test('one is followed: what is published is in its calendar, and what is no more goes; nobody is invited', async () => {
    const made = await call('POST', '/subscriptions', { url: url('/moved'), name: 'Holidays' })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const id = made.body.calendar_id
    const uids = async () =>
      (await call('GET', `/${id}/events`)).body.items.map((one: { uid: string }) => one.uid).toSorted()
    const refreshed = await call('POST', `/subscriptions/${id}/refresh`)
    assert.deepEqual([refreshed.status, refreshed.body.problem], [200, null])
    assert.deepEqual(await uids(), ['bridge', 'may-day'])
    await call('POST', `/subscriptions/${id}/refresh`)
    assert.equal(asked.at(-1), `"${content.length}"`)
    content = file('may-day')
    await call('POST', `/subscriptions/${id}/refresh`)
    assert.deepEqual(await uids(), ['may-day'])
    assert.deepEqual((await calendar.as('bob', 'GET', '/personal/events')).body.items, [])
    content = 'no calendar any more'
    const failed = await call('POST', `/subscriptions/${id}/refresh`)
    assert.match(failed.body.problem, /no iCalendar file/)
    assert.deepEqual(await uids(), ['may-day'])
    assert.equal((await calendar.as('bob', 'POST', `/subscriptions/${id}/refresh`)).status, 404)
    await call('DELETE', `/${id}`)
    assert.deepEqual((await call('GET', '/subscriptions')).body.items, [])
  })

  test('what cannot be read is not followed, and private networks are not asked', async () => {
    const refused = await call('POST', '/subscriptions', { url: url('/none'), name: 'None' })
    assert.deepEqual([refused.status, refused.body.code], [422, 'calendar.subscription_unreachable'])
    const inside = await call('POST', '/subscriptions', { url: 'http://10.0.0.1/x.ics', name: 'Inside' })
    assert.deepEqual([inside.status, inside.body.code], [422, 'host_forbidden'])
  })
})
