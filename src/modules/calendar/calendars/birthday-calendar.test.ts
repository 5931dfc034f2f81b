import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'

suite('birthdays as a calendar', async () => {
  const calendar = await startCalendarApp()
  after(() => calendar.close())
  const call = async (method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as('alice', method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const ids = async (): Promise<string[]> => (await call('GET', '/')).items.map(({ id }: { id: string }) => id)
  const born = async (full: string, date: object) => {
    const body = { name: { full }, anniversaries: { d1: { kind: 'birth', date } } }
    const headers = await calendar.bearer('alice')
    const made = await calendar.app.request('POST', '/api/v1/contacts/contacts/contacts', { headers, body })
    assert.equal(made.status, 201, JSON.stringify(made.body))
  }

  test('come with the first birthday that is known, among the events of all calendars, and change with contacts alone', async () => {
    assert.ok(!(await ids()).includes('birthdays'))
    await call('GET', '/birthdays/events', undefined, 404)
    await born('Grace', { year: 1906, month: 12, day: 9 })
    await born('Leap', { month: 2, day: 29 })
    const [shown] = (await call('GET', '/')).items.filter(({ id }: { id: string }) => id === 'birthdays')
    assert.deepEqual([shown.access, shown.path], ['read', '/remote.php/dav/calendars/alice/birthdays/'])
    assert.equal((await call('GET', '/birthdays')).name, 'Birthdays')

    const winter = 'start=20270201&end=20280301&expand=true&timezone=Europe/Paris'
    const seen = (await call('GET', `/events?${winter}`)).items
    assert.deepEqual(
      seen.map((one: { summary: string; start: string; starts_at: string }) => [one.summary, one.start, one.starts_at]),
      [
        ['Birthday: Leap', '20270228', '2027-02-27T23:00:00.000Z'],
        ['Birthday: Grace', '20271209', '2027-12-08T23:00:00.000Z'],
        ['Birthday: Leap', '20280229', '2028-02-28T23:00:00.000Z'],
      ],
    )
    assert.deepEqual((await call('GET', `/personal/events?${winter}`)).items, [])
    const file = await calendar.as('alice', 'GET', '/birthdays/export')
    assert.equal(file.status, 200)
    const { path, etag } = seen[1]
    const viewed = await call('GET', `/events${path}`)
    assert.deepEqual([viewed.start, viewed.rrule, viewed.description], ['19061209', 'FREQ=YEARLY', 'Born in 1906.'])
    assert.equal((await call('GET', `/events${path}?recurrence_id=20271209`)).start, '20271209')
    for (const [method, address] of [
      ['PUT', `/events${path}`],
      ['DELETE', `/events${path}`],
      ['POST', '/birthdays/events'],
    ] as const) {
      const body = { uid: 'mine', summary: 'Mine', start: '20270308T090000Z', end: '20270308T100000Z' }
      const refused = await call(
        method,
        address,
        method === 'DELETE' ? undefined : { ...body, if_match: undefined },
        403,
      )
      assert.equal(refused.code, 'auth.forbidden')
    }
    assert.notEqual(etag, '')
    assert.equal((await calendar.as('bob', 'GET', `/events${path}`)).status, 404)
    assert.equal((await calendar.as('bob', 'DELETE', `/events${path}`)).status, 404)
  })

  test('are called as their owner’s language has it', async () => {
    const speak = async (locale: string) => {
      const headers = await calendar.bearer('alice')
      const { status } = await calendar.app.request('PATCH', '/api/v1/account/', { headers, body: { locale } })
      assert.equal(status, 200)
    }
    await speak('fr-FR')
    assert.equal((await call('GET', '/birthdays')).name, 'Anniversaires')
    const file = await calendar.as('alice', 'GET', '/birthdays/export')
    assert.match(file.headers.get('content-disposition') ?? '', /Anniversaires\.ics/)
    const titles = (await call('GET', '/birthdays/events')).items.map(({ summary }: { summary: string }) => summary)
    assert.deepEqual(titles, ['Anniversaire : Grace', 'Anniversaire : Leap'])
    await speak('en')
    assert.equal((await call('GET', '/birthdays')).name, 'Birthdays')
  })

  test('page among the other events', async () => {
    const body = { uid: 'between', summary: 'Between', start: '19500101T090000Z', end: '19500101T100000Z' }
    await call('POST', '/personal/events', body, 201)
    const read: string[] = []
    let cursor = ''
    do {
      const page = await call('GET', `/events?limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
      read.push(...page.items.map(({ summary }: { summary: string }) => summary))
      cursor = page.next_cursor ?? ''
    } while (cursor !== '')
    assert.deepEqual(read, ['Birthday: Grace', 'Between', 'Birthday: Leap'])
  })
})
