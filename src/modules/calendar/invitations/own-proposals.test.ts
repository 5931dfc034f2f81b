import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { addMailAccount, itipMessage, mailedInvitations, outsider } from '../../../../test/fixtures/calendar-mail.ts'

const bob = 'bob@example.com'
const later = { email: bob, start: '20270311T150000', end: '20270311T160000', timezone: 'Europe/Paris' }

suite('another time that somebody proposes for an event to which they are invited', () => {
  let calendar: CalendarApp
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200, headers = {}) => {
    const answer = await calendar.as(user, method, path, body, headers)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const invite = async (uid: string, more = {}): Promise<string> => {
    const body = {
      ...{ uid, summary: uid, start: '20270310T090000', end: '20270310T100000', timezone: 'Europe/Paris' },
      ...{ attendees: [{ email: bob }, { email: 'carol@example.com' }], ...more },
    }
    return (await call('alice', 'POST', '/personal/events', body, 201)).path
  }
  const ownCopy = async (user: string, uid: string) => {
    const { items } = await call(user, 'GET', '/personal/events?limit=1000')
    return items.find((one: { uid: string }) => one.uid === uid)
  }
  const proposalsOf = async (path: string) => (await call('alice', 'GET', `/events${path}`)).proposals
  const museum = (...more: string[]) =>
    itipMessage(
      ...(['REQUEST', 'UID:museum@elsewhere.example', 'SEQUENCE:3', 'SUMMARY:Museum'] as const),
      ...[`ORGANIZER:mailto:${outsider}`, 'DTSTART:20270308T090000Z', 'DTEND:20270308T100000Z', ...more],
    )

  before(async () => {
    calendar = await startCalendarApp({ ULTID_DB_POOL_SIZE: '6' })
    for (const user of ['alice', 'bob', 'carol']) await call(user, 'GET', '/')
    await addMailAccount(calendar, 'bob')
  })
  after(() => calendar.close())

  test('is shown to an organizer here with their event, by whichever path it is proposed, the last one alone', async () => {
    const path = await invite('here')
    const copy = await ownCopy('bob', 'here')
    const proposed = { ...later, comment: 'I teach; until two', if_match: copy.etag }
    assert.deepEqual(await call('bob', 'POST', `/events/counter${copy.path}`, proposed), { etag: copy.etag })
    const [{ id, received_at: _at, ...shown }, ...others] = await proposalsOf(path)
    assert.deepEqual(shown, {
      ...{ recurrence_id: null, from: bob, name: '', start: '20270311T140000Z', end: '20270311T150000Z' },
      ...{ timezone: null, location: '', comment: 'I teach; until two' },
    })
    assert.deepEqual(others, [])
    await call('bob', 'POST', `/events/counter${path}`, { ...later, end: '20270311T170000' })
    const now = await proposalsOf(path)
    assert.deepEqual([now.length, now[0].end], [1, '20270311T160000Z'])
    assert.notEqual(now[0].id, id)
    const { etag, attendees } = await ownCopy('bob', 'here')
    assert.deepEqual([etag, attendees[0].status], [copy.etag, 'NEEDS-ACTION'], 'nothing of the copy changes')
    await call('alice', 'POST', `/events/proposals${path}`, { proposal_id: now[0].id, response: 'accepted' })
    const moved = await ownCopy('bob', 'here')
    assert.deepEqual([moved.start, moved.end], ['20270311T150000', '20270311T170000'])
    assert.deepEqual(await mailedInvitations(calendar), [], 'nobody here is written to')
  })

  test('may be about one occurrence of a series, and about a whole day', async () => {
    const path = await invite('weekly', { rrule: 'FREQ=WEEKLY;COUNT=3' })
    const { path: copy } = await ownCopy('bob', 'weekly')
    const second = { ...later, recurrence_id: '20270317T080000Z' }
    await call('bob', 'POST', `/events/counter${copy}`, second)
    await call('bob', 'POST', `/events/counter${copy}`, { ...second, recurrence_id: '20270318T080000Z' }, 404)
    assert.deepEqual(
      (await proposalsOf(path)).map((one: { recurrence_id: string }) => one.recurrence_id),
      ['20270317T080000Z'],
    )
    const day = await invite('day', { start: '20270501', end: '20270503', timezone: null })
    await call('bob', 'POST', `/events/counter${(await ownCopy('bob', 'day')).path}`, { email: bob, start: '20270508' })
    const [proposal] = await proposalsOf(day)
    assert.deepEqual([proposal.start, proposal.end], ['20270508', '20270510'])
  })

  test('is kept of more people at once than there are connections to the database', async () => {
    const path = await invite('crowd')
    const users = Array.from({ length: 24 }, (_, at) => (at % 2 ? 'bob' : 'carol'))
    await Promise.all(
      users.map((user, at) => {
        const body = { ...later, email: `${user}@example.com` }
        return call(user, 'POST', `/events/counter${path}`, body, 200, { 'idempotency-key': `crowd-${at}` })
      }),
    )
    assert.equal((await proposalsOf(path)).length, 2)
  })

  test('goes to an organizer elsewhere by mail, once for each key, from who is invited alone', async () => {
    const guests = [`ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${bob}`, 'ATTENDEE:mailto:peter@elsewhere.example']
    const { path } = await call('bob', 'POST', '/invitations', { content: museum(...guests, 'COMMENT:Bring a coat') })
    const propose = () =>
      call('bob', 'POST', `/events/counter${path}`, { ...later, comment: 'Dentist' }, 200, {
        'idempotency-key': 'once',
      })
    assert.deepEqual(await propose(), await propose())
    const [mail, ...others] = await mailedInvitations(calendar)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [mail?.subject, mail?.from, mail?.to, mail?.type],
      ['New time proposed: Museum', bob, [outsider], 'text/calendar; charset=utf-8; method=COUNTER'],
    )
    const lines = (mail?.content ?? '').replaceAll(/\r\n /g, '').split('\r\n')
    const said = ['UID', 'SEQUENCE', 'DTSTART', 'DTEND', 'ORGANIZER', 'COMMENT']
    assert.deepEqual(
      said.flatMap((name) => lines.filter((line) => line.startsWith(name))),
      [
        ...['UID:museum@elsewhere.example', 'SEQUENCE:3', 'DTSTART:20270311T140000Z', 'DTEND:20270311T150000Z'],
        ...[`ORGANIZER:mailto:${outsider}`, 'COMMENT:Dentist'],
      ],
    )
    assert.deepEqual(
      lines.filter((line) => line.startsWith('ATTENDEE')).map((line) => line.split('mailto:')[1]),
      [bob],
    )
    assert.equal((await call('bob', 'GET', `/events${path}`)).start, '20270308T090000Z')
  })

  test('reaches nobody elsewhere without a mail account, which the answer says', async () => {
    const content = museum('ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:carol@example.com')
    const { path } = await call('carol', 'POST', '/invitations', { content })
    const proposed = await call('carol', 'POST', `/events/counter${path}`, { ...later, email: 'carol@example.com' })
    assert.deepEqual(proposed.unreached, [{ email: outsider, reason: 'no_mail_account' }])
  })

  test('is kept with no event of somebody who is invited to it themselves, whoever a copy says invites', async () => {
    const { path } = await call(
      'carol',
      'POST',
      '/personal/events',
      {
        ...{ uid: 'forged', summary: 'forged', start: '20270310T090000Z', end: '20270310T100000Z' },
        attendees: [{ email: bob }, { email: 'alice@example.com' }],
      },
      201,
    )
    const { path: copy } = await ownCopy('bob', 'forged')
    await call('bob', 'DELETE', `/events${copy}`, undefined, 204)
    const content = itipMessage(
      ...(['REQUEST', 'UID:forged', 'SEQUENCE:9', 'SUMMARY:forged', 'ORGANIZER:mailto:alice@example.com'] as const),
      ...['DTSTART:20270310T090000Z', 'DTEND:20270310T100000Z', `ATTENDEE:mailto:${bob}`],
    )
    assert.ok(await ownCopy('alice', 'forged'))
    const { path: forged } = await call('bob', 'POST', '/invitations', { content })
    await call('bob', 'POST', `/events/counter${forged}`, later)
    assert.deepEqual((await call('carol', 'GET', `/events${path}`)).proposals, [])
    const { rows } = await calendar.app.app.platform.pool.query(
      `select from calendar_proposal as one join calendar_object as object on object.id = one.object_id
       where object.uid = 'forged'`,
    )
    assert.equal(rows.length, 0)
  })

  test('is refused for others, for one’s own event, for an old version, and for times that are none', async () => {
    const path = await invite('refused')
    const { path: copy } = await ownCopy('bob', 'refused')
    const refused = async (user: string, at: string, body: object, status: number) =>
      (await call(user, 'POST', `/events/counter${at}`, { ...later, ...body }, status)).code
    assert.equal(await refused('bob', copy, { email: 'carol@example.com' }, 403), 'auth.forbidden')
    assert.equal(await refused('bob', copy, { email: 'dave@example.com' }, 404), 'attendee_not_found')
    assert.equal(await refused('dave', path, { email: 'dave@example.com' }, 404), 'not_found')
    assert.equal(await refused('alice', path, { email: 'alice@example.com' }, 409), 'calendar.own_event')
    assert.equal(await refused('bob', copy, { if_match: '"old"' }, 412), 'etag_mismatch')
    assert.equal(await refused('bob', copy, { end: '20270311T140000' }, 400), 'invalid_request_body')
    assert.equal(await refused('bob', copy, { start: 'tomorrow' }, 400), 'invalid_request_body')
    assert.deepEqual(await proposalsOf(path), [])
  })
})
