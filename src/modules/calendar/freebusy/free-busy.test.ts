import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

const published = [
  ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Elsewhere//EN', 'BEGIN:VFREEBUSY', 'DTSTAMP:20270101T080000Z'],
  ...['FREEBUSY:20270308T090000Z/PT1H,20270308T093000Z/20270308T110000Z', 'FREEBUSY;FBTYPE=FREE:20270308T120000Z/PT1H'],
  ...['FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270308T130000Z/PT30M', 'FREEBUSY:20270401T090000Z/PT1H', 'END:VFREEBUSY'],
  ...['END:VCALENDAR', ''],
].join('\r\n')
const day = { start: '2027-03-08T00:00:00Z', end: '2027-03-09T00:00:00Z' }

suite('when people are busy', () => {
  let calendar: CalendarApp
  let web: Server
  const asked: string[] = []
  let endless = 0
  const busy = async (...attendees: string[]) => {
    const { status, body } = await calendar.as('alice', 'POST', '/freebusy', { ...day, attendees })
    assert.equal(status, 200, JSON.stringify(body))
    return body.attendees
  }

  /** As long as anybody reads, up to 64 MB. */
  function* endlessly() {
    const megabyte = published.repeat(Math.ceil(1_000_000 / published.length))
    for (; endless < 64; endless++) yield megabyte
  }

  before(async () => {
    web = createServer((request, response) => {
      asked.push(request.url ?? '')
      if (request.url === '/busy/olga') return response.end(published)
      if (request.url === '/busy/endless') return void Readable.from(endlessly()).pipe(response)
      if (request.url === '/busy/inside') return response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
      return response.writeHead(404).end('nothing')
    })
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    const address = `http://127.0.0.1:${(web.address() as AddressInfo).port}/busy/{user}`
    calendar = await startCalendarApp({ CALENDAR_FREEBUSY_URLS: JSON.stringify({ 'elsewhere.example': address }) })
    for (const user of ['alice', 'bob']) await calendar.as(user, 'GET', '/')
  })
  after(async () => {
    await calendar.close()
    web.closeAllConnections()
    web.close()
  })

  test('is told of people elsewhere by what they publish, as far as it is asked for', async () => {
    assert.deepEqual(await busy('olga@elsewhere.example'), [
      {
        email: 'olga@elsewhere.example',
        periods: [
          { start: '20270308T090000Z', end: '20270308T110000Z', type: 'BUSY' },
          { start: '20270308T130000Z', end: '20270308T133000Z', type: 'BUSY-TENTATIVE' },
        ],
      },
    ])
    assert.deepEqual(asked, ['/busy/olga'])
  })

  test('is unknown of those who publish nothing, too much, or at another address, and of other domains', async () => {
    const strangers = [
      'none@elsewhere.example',
      'endless@elsewhere.example',
      'inside@elsewhere.example',
      'x@other.example',
    ]
    assert.deepEqual(
      await busy(...strangers),
      strangers.map((email) => ({ email, periods: [], status: 'unknown' })),
    )
    assert.ok(endless < 32, `${endless} MB were taken`)
  })

  test('is merged over all calendars of somebody here, without what leaves them free', async () => {
    const made = await calendar.as('bob', 'POST', '/', { name: 'Second' })
    const add = async (id: string, from: string, to: string, more = {}) => {
      const body = { summary: 'Busy', start: `20270308T${from}00Z`, end: `20270308T${to}00Z`, ...more }
      assert.equal((await calendar.as('bob', 'POST', `/${id}/events`, body)).status, 201)
    }
    await add('personal', '0800', '1000')
    await add(made.body.id, '0930', '1130')
    await add(made.body.id, '1300', '1400', { transparency: 'TRANSPARENT' })
    await add('personal', '1500', '1600', { status: 'CANCELLED' })
    assert.deepEqual(await busy('bob@example.com'), [
      { email: 'bob@example.com', periods: [{ start: '20270308T080000Z', end: '20270308T113000Z', type: 'BUSY' }] },
    ])
  })
})
