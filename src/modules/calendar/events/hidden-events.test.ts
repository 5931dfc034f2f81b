import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { addMailAccount, itipMessage, mailedInvitations, outsider } from '../../../../test/fixtures/calendar-mail.ts'

const bobs = '/remote.php/dav/calendars/bob/personal_shared_by_alice'
const times = { start: '20270310T090000Z', end: '20270310T100000Z' }

suite('an event of a shared calendar that its owner hides', () => {
  let calendar: CalendarApp
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const make = async (uid: string, visibility: string): Promise<string> => {
    const body = { uid, summary: 'Doctor', location: 'Clinic', ...times, visibility, attendees: [{ email: outsider }] }
    return (await call('alice', 'POST', '/personal/events', body, 201)).path
  }

  before(async () => {
    calendar = await startCalendarApp()
    for (const user of ['alice', 'bob']) await call(user, 'GET', '/')
    await call('alice', 'PUT', '/personal/shares', { email: 'bob@example.com', access: 'read_write' })
    await addMailAccount(calendar, 'alice')
  })
  after(() => calendar.close())

  test('is changed and deleted by nobody who sees no more than when it is: what they write back would be all of it', async () => {
    const path = await make('doctor', 'CONFIDENTIAL')
    const counter = itipMessage(
      ...(['COUNTER', 'UID:doctor', 'DTSTART:20270311T090000Z', 'DTEND:20270311T100000Z'] as const),
      ...[`ATTENDEE:mailto:${outsider}`, 'COMMENT:About the result'],
    )
    await call('alice', 'POST', '/invitations', { content: counter })
    const before = await call('alice', 'GET', `/events${path}`)
    const count = (await mailedInvitations(calendar)).length
    const seen = await call('bob', 'GET', `/events${bobs}/doctor.ics`)
    assert.deepEqual([seen.summary, seen.location, seen.organizer, seen.start], ['Busy', '', null, times.start])
    assert.deepEqual([before.proposals.length, seen.proposals], [1, []])
    const decision = { proposal_id: before.proposals[0].id, response: 'declined' }
    for (const [method, at, body] of [
      ['PUT', `/events${bobs}/doctor.ics`, { summary: 'Mine', ...times }],
      ['DELETE', `/events${bobs}/doctor.ics`, undefined],
      ['POST', `/events/meet-link${bobs}/doctor.ics`, {}],
      ['POST', `/events/proposals${bobs}/doctor.ics`, decision],
    ] as const) {
      assert.equal((await call('bob', method, at, body, 403)).code, 'auth.forbidden')
    }
    assert.deepEqual(await call('alice', 'GET', `/events${path}`), before)
    assert.equal((await mailedInvitations(calendar)).length, count)
    const headers = await calendar.bearer('bob')
    const { body } = await calendar.app.request('GET', '/api/v1/events?after=0&limit=1000', { headers })
    assert.ok(!body.items.some(({ type }: { type: string }) => type === 'calendar.proposal_received'))
  })

  test('is not there at all where it is private', async () => {
    await make('secret', 'PRIVATE')
    const { items } = await call('bob', 'GET', '/personal_shared_by_alice/events')
    assert.ok(!items.some(({ uid }: { uid: string }) => uid === 'secret'))
    await call('bob', 'PUT', `/events${bobs}/secret.ics`, { summary: 'Mine', ...times }, 404)
  })
})
