import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../test/fixtures/calendar-app.ts'
import { startTestApp } from '../../../test/harness/app.ts'
import { nextcloudSettings } from '../../../test/harness/nextcloud.ts'

/** The example of the contract, to the letter. */
const teamSync = {
  ...{ uid: 'team-sync-2026-05-23', summary: 'Team sync', description: 'Weekly project update' },
  ...{ location: 'Paris office', start: '20260523T090000Z', end: '20260523T100000Z', organizer: 'alice@example.com' },
  attendees: [
    { email: 'bob@example.com', name: 'Bob', status: 'NEEDS-ACTION' },
    { email: 'carol@example.com', name: 'Carol', status: 'ACCEPTED' },
  ],
}
const path = '/remote.php/dav/calendars/alice/personal/team-sync-2026-05-23.ics'

suite('the contract of the Calendar API', () => {
  let calendar: CalendarApp
  const view = async (user: string, of = path) => (await calendar.as(user, 'GET', `/events${of}`)).body
  const etagOf = async (user: string, of = path): Promise<string> => (await view(user, of)).etag
  const statusOf = (event: { attendees: { email: string; status: string }[] }, email: string) =>
    event.attendees.find((one) => one.email === email)?.status

  before(async () => {
    calendar = await startCalendarApp()
    // They exist at Nextcloud from their first request on.
    await Promise.all(['alice', 'bob', 'carol'].map((user) => calendar.as(user, 'GET', '/')))
    const made = await calendar.as('alice', 'POST', '/personal/events', teamSync)
    assert.deepEqual([made.status, made.body.path, made.body.uid], [201, path, teamSync.uid], JSON.stringify(made.body))
  })
  after(() => calendar.close())

  test('lists calendars and the events of one', async () => {
    const calendars = await calendar.as('alice', 'GET', '/')
    assert.deepEqual([calendars.status, calendars.body.items[0].id], [200, 'personal'])
    const { status, body } = await calendar.as('alice', 'GET', '/personal/events')
    assert.equal(status, 200)
    const [event] = body.items
    const { uid, summary, description, location, start, end, organizer } = event
    assert.deepEqual(
      { uid, summary, description, location, start, end, organizer, attendees: teamSync.attendees },
      teamSync,
    )
    for (const [index, { email, name, status: answer }] of teamSync.attendees.entries()) {
      const shown = event.attendees[index]
      assert.deepEqual([shown.email, shown.name, shown.status], [email, name, answer])
    }
  })

  test('changes an event with If-Match and answers the new ETag, by any form of its path', async () => {
    const forms = [path, path.slice(1), encodeURIComponent(path), path.replace('team-sync', 'team%2Dsync')]
    for (const form of forms) {
      const before = await etagOf('alice')
      const address = form.startsWith('/') ? `/events${form}` : `/events/${form}`
      const body = { ...teamSync, description: `By ${form}` }
      const { status, body: answer } = await calendar.as('alice', 'PUT', address, body, { 'if-match': before })
      assert.equal(status, 200, `${form}: ${JSON.stringify(answer)}`)
      assert.deepEqual(Object.keys(answer), ['etag'])
      assert.match(answer.etag, /^"[^"]+"$/)
      assert.notEqual(answer.etag, before)
    }
  })

  test('a stale If-Match leaves the event untouched and answers 412', async () => {
    const before = await view('alice')
    const stale = { 'if-match': '"68031b8f4d18f"' }
    const { status, body } = await calendar.as(
      'alice',
      'PUT',
      `/events${path}`,
      { ...teamSync, summary: 'Other' },
      stale,
    )
    assert.equal(status, 412)
    assert.deepEqual([body.code, body.message], ['etag_mismatch', 'etag does not match current resource version'])
    assert.match(body.trace_id, /^req_[0-9A-Z]{26}$/)
    assert.deepEqual(await view('alice'), before)
  })

  test('bob answers on the path of alice, with her ETag; the answer stands in both copies', async () => {
    const body = { email: 'bob@example.com', response: 'accepted', if_match: await etagOf('alice') }
    const answered = await calendar.as('bob', 'POST', `/events/response${path}`, body)
    assert.equal(answered.status, 200, JSON.stringify(answered.body))
    assert.deepEqual(Object.keys(answered.body), ['etag'])
    assert.equal(statusOf(await view('alice'), 'bob@example.com'), 'ACCEPTED')
    const own = (await calendar.as('bob', 'GET', '/personal/events')).body.items[0]
    assert.deepEqual([statusOf(own, 'bob@example.com'), own.etag], ['ACCEPTED', answered.body.etag])
    assert.match(own.path, /^\/remote\.php\/dav\/calendars\/bob\/personal\/sabredav-/)
    const again = { email: 'bob@example.com', response: 'tentative', if_match: own.etag }
    assert.equal((await calendar.as('bob', 'POST', `/events/response${own.path}`, again)).status, 200)
    assert.equal(statusOf(await view('alice'), 'bob@example.com'), 'TENTATIVE')
  })

  test('alice, who invited him, writes his answer down', async () => {
    const body = { email: 'bob@example.com', response: 'declined', if_match: await etagOf('alice') }
    const answered = await calendar.as('alice', 'POST', `/events/response${path}`, body)
    assert.equal(answered.status, 200, JSON.stringify(answered.body))
    assert.equal(statusOf(await view('alice'), 'bob@example.com'), 'DECLINED')
    assert.equal(answered.body.etag, await etagOf('alice'))
    const { database } = calendar.app.app.platform
    const entries = await database
      .selectFrom('audit_entry')
      .selectAll()
      .where('action', '=', 'calendar.answer_recorded')
      .execute()
    assert.deepEqual(
      entries.map(({ details }) => details),
      [{ attendee: 'bob@example.com', response: 'declined' }],
    )
  })

  test('a meet link is written into the event without its token, once', async () => {
    const { status, body } = await calendar.as('alice', 'POST', `/events/meet-link${path}`, {
      if_match: await etagOf('alice'),
    })
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(Object.keys(body).toSorted(), ['etag', 'meet_url'])
    assert.match(body.meet_url, /^https:\/\/your-domain\/meet\/team-sync-2026-05-23\?jwt=ey/)
    const event = await view('alice')
    assert.deepEqual(
      [event.etag, event.url, event.location],
      [body.etag, 'https://your-domain/meet/team-sync-2026-05-23', 'Paris office'],
    )
    assert.equal(event.conferences[0].uri, event.url)
    const again = await calendar.as('alice', 'POST', `/events/meet-link${path}`, {})
    assert.deepEqual([again.status, again.body.etag], [200, body.etag])
    const stored = Object.values(calendar.nextcloud.people.list()).length
    assert.ok(stored > 0 && !JSON.stringify(event).includes('jwt'))
  })

  test('free and busy times of others, in the order in which they were asked for', async () => {
    const body = {
      start: '2026-05-23T08:00:00Z',
      end: '2026-05-23T18:00:00Z',
      attendees: ['carol@example.com', 'bob@example.com'],
    }
    const { status, body: answer } = await calendar.as('alice', 'POST', '/freebusy', body)
    assert.equal(status, 200, JSON.stringify(answer))
    const periods = [{ start: '20260523T090000Z', end: '20260523T100000Z', type: 'BUSY' }]
    assert.deepEqual(answer, {
      attendees: [
        { email: 'carol@example.com', periods },
        { email: 'bob@example.com', periods },
      ],
    })
  })

  const answer = { email: 'bob@example.com', response: 'accepted' }
  const events = '/personal/events'
  const faults: [name: string, status: number, code: string, method: string, path: string, body: unknown][] = [
    ['JSON that is none', 400, 'invalid_request_body', 'POST', events, '{"summary":'],
    ['a missing summary', 400, 'invalid_request_body', 'POST', events, { start: teamSync.start, end: teamSync.end }],
    ['a missing start', 400, 'invalid_request_body', 'POST', events, { summary: 'x', end: teamSync.end }],
    ['a missing end', 400, 'invalid_request_body', 'POST', events, { summary: 'x', start: teamSync.start }],
    ['an end before the start', 400, 'invalid_request_body', 'POST', events, { ...teamSync, end: '20260523T080000Z' }],
    [
      'a date in another form',
      400,
      'invalid_request_body',
      'POST',
      events,
      { ...teamSync, start: '2026-05-23T09:00:00Z' },
    ],
    [
      'a day that is none',
      400,
      'invalid_request_body',
      'PUT',
      `/events${path}`,
      { ...teamSync, start: '20260231T090000Z' },
    ],
    [
      'an attendee without an address',
      400,
      'invalid_request_body',
      'POST',
      events,
      { ...teamSync, attendees: [{ email: 'bob' }] },
    ],
    [
      'an answer without a response',
      400,
      'invalid_request_body',
      'POST',
      `/events/response${path}`,
      { email: answer.email },
    ],
    [
      'a response in other words',
      400,
      'invalid_request_body',
      'POST',
      `/events/response${path}`,
      { ...answer, response: 'maybe' },
    ],
    [
      'an answer of no address',
      400,
      'invalid_request_body',
      'POST',
      `/events/response${path}`,
      { ...answer, email: 'bob' },
    ],
    [
      'a free/busy time that is none',
      400,
      'invalid_request_body',
      'POST',
      '/freebusy',
      { start: 'now', end: 'later', attendees: [answer.email] },
    ],
    [
      'free/busy of no address',
      400,
      'invalid_request_body',
      'POST',
      '/freebusy',
      { start: '2026-05-23T08:00:00Z', end: '2026-05-23T18:00:00Z', attendees: ['bob'] },
    ],
    ['300 KB', 400, 'request_body_too_large', 'POST', events, { ...teamSync, description: 'x'.repeat(300 * 1024) }],
    [
      'an answer of somebody not invited',
      404,
      'attendee_not_found',
      'POST',
      `/events/response${path}`,
      { ...answer, email: 'dave@example.com' },
    ],
    ['a calendar that is none', 404, 'not_found', 'GET', '/none/events', undefined],
    [
      'an event that is none',
      404,
      'not_found',
      'PUT',
      '/events/remote.php/dav/calendars/alice/personal/none.ics',
      teamSync,
    ],
    [
      'a calendar of somebody else',
      404,
      'not_found',
      'DELETE',
      '/events/remote.php/dav/calendars/bob/personal/x.ics',
      undefined,
    ],
    [
      'a way out of calendars',
      404,
      'not_found',
      'PUT',
      '/events/remote.php/dav/calendars/alice/personal/..%2f..%2f..%2ffiles%2falice%2fx',
      teamSync,
    ],
    ['a path of something else', 404, 'not_found', 'GET', '/events/remote.php/dav/files/alice/x.ics', undefined],
    [
      'a stale version of an answer',
      412,
      'etag_mismatch',
      'POST',
      `/events/response${path}`,
      { ...answer, if_match: '"x"' },
    ],
    ['a stale version of a meet link', 412, 'etag_mismatch', 'POST', `/events/meet-link${path}`, { if_match: '"x"' }],
    ['the same uid again', 409, 'calendar.event_exists', 'POST', events, teamSync],
  ]
  for (const [name, status, code, method, address, body] of faults) {
    test(`${name} answers ${status} ${code}`, async () => {
      const refused = await calendar.as('alice', method, address, body)
      assert.deepEqual([refused.status, refused.body?.code], [status, code], JSON.stringify(refused.body))
      assert.equal(typeof refused.body.message, 'string')
      assert.match(refused.body.trace_id, /^req_/)
    })
  }

  test('nobody comes in without a token, or with one of no right to what they ask', async () => {
    const without = await calendar.app.request('GET', '/api/v1/calendar/')
    assert.deepEqual([without.status, without.body.code], [401, 'auth.missing_token'])
    const wrong = await calendar.app.request('GET', '/api/v1/calendar/', { headers: { authorization: 'Bearer x' } })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'auth.invalid_token'])
    const headers = await calendar.bearer('alice')
    const tokenOf = async (permission: string) => {
      const body = { name: permission, permissions: [permission] }
      const made = await calendar.app.request('POST', '/api/v1/account/tokens', { headers, body })
      return { authorization: `Bearer ${made.body.token ?? made.body.secret}` }
    }
    const reader = await tokenOf('calendar:read')
    const read = await calendar.app.request('GET', '/api/v1/calendar/', { headers: reader })
    assert.equal(read.status, 200, JSON.stringify(read.body))
    const written = await calendar.app.request('POST', '/api/v1/calendar/personal/events', {
      headers: reader,
      body: teamSync,
    })
    assert.deepEqual([written.status, written.body.code], [403, 'auth.forbidden'])
    const stranger = await calendar.app.request('GET', '/api/v1/calendar/', { headers: await tokenOf('mail:read') })
    assert.deepEqual([stranger.status, stranger.body.code], [403, 'auth.forbidden'])
  })

  test('a calendar that is shared to be read is not written to', async () => {
    const { nextcloud } = calendar
    const shared = nextcloud.calendars.find('alice', 'personal')
    assert.ok(shared)
    nextcloud.calendars.share(shared.collection, 'dave', 'read')
    const theirs = '/remote.php/dav/calendars/dave/personal_shared_by_alice/team-sync-2026-05-23.ics'
    assert.equal((await view('dave', theirs)).summary, 'Team sync')
    // The path of the one who shares it leads there as well.
    assert.equal((await view('dave')).path, theirs)
    for (const [method, address, body] of [
      ['PUT', `/events${theirs}`, teamSync],
      ['DELETE', `/events${path}`, undefined],
      ['POST', '/personal_shared_by_alice/events', { ...teamSync, uid: 'another' }],
      ['POST', `/events/meet-link${theirs}`, {}],
      ['POST', `/events/response${theirs}`, answer],
    ] as const) {
      const refused = await calendar.as('dave', method, address, body)
      assert.deepEqual([refused.status, refused.body?.code], [403, 'auth.forbidden'], `${method} ${address}`)
    }
  })

  test('one answers for oneself alone, and not at all where one is not invited', async () => {
    const forCarol = { email: 'carol@example.com', response: 'declined' }
    const refused = await calendar.as('bob', 'POST', `/events/response${path}`, forCarol)
    assert.deepEqual([refused.status, refused.body.code], [403, 'auth.forbidden'])
    assert.equal(statusOf(await view('alice'), 'carol@example.com'), 'ACCEPTED')
    await calendar.as('alice', 'POST', '/personal/events', {
      summary: 'Alone',
      uid: 'alone',
      start: '20260523T090000Z',
      end: '20260523T100000Z',
    })
    const hidden = await calendar.as('bob', 'POST', `/events/response${path.replace(teamSync.uid, 'alone')}`, answer)
    assert.deepEqual([hidden.status, hidden.body.code], [404, 'not_found'])
  })

  test('what is deleted is gone for those who were invited too', async () => {
    const stale = await calendar.as('alice', 'DELETE', `/events${path}`, undefined, { 'if-match': '"x"' })
    assert.deepEqual([stale.status, stale.body.code], [412, 'etag_mismatch'])
    const gone = await calendar.as('alice', 'DELETE', `/events${path}`, undefined, {
      'if-match': await etagOf('alice'),
    })
    assert.equal(gone.status, 204)
    assert.equal((await calendar.as('alice', 'GET', `/events${path}`)).status, 404)
    assert.equal((await calendar.as('bob', 'GET', '/personal/events')).body.items[0].status, 'CANCELLED')
  })
})

test('without meetings a meet link answers 409 meet_disabled, and a server that is away 500 internal_error', async () => {
  const app = await startTestApp(await nextcloudSettings())
  try {
    const link = await app.request('POST', `/api/v1/calendar/events/meet-link${path}`, {
      as: 'alice',
      body: { if_match: '"x"' },
    })
    assert.deepEqual([link.status, link.body.code], [409, 'meet_disabled'])
    const list = await app.request('GET', '/api/v1/calendar/', { as: 'alice' })
    assert.deepEqual([list.status, list.body.code], [500, 'internal_error'])
  } finally {
    await app.close()
  }
})
