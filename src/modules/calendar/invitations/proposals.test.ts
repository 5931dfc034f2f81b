import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { addMailAccount, itipMessage, mailedInvitations, outsider } from '../../../../test/fixtures/calendar-mail.ts'

const peter = 'peter@elsewhere.example'
type Proposed = { uid: string; start: string; end: string; from?: string; stamp?: string; more?: string[] }

/** A counter proposal as calendars elsewhere send it. */
const counter = ({ uid, start, end, from = outsider, stamp = '20200102T080000Z', more = [] }: Proposed): string =>
  itipMessage(
    ...(['COUNTER', `UID:${uid}`, `DTSTART${start}`, `DTEND${end}`, `ATTENDEE;CN=Olga:mailto:${from}`] as const),
    ...more,
  ).replace(/DTSTAMP:.*/, `DTSTAMP:${stamp}`)

suite('other times that those invited propose', () => {
  let calendar: CalendarApp
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const invite = async (uid: string, more = {}): Promise<string> => {
    const body = {
      ...{ uid, summary: uid, start: '20270310T090000', end: '20270310T100000', timezone: 'Europe/Paris' },
      ...{ attendees: [{ email: outsider }, { email: peter }, { email: 'bob@example.com' }], ...more },
    }
    return (await call('alice', 'POST', '/personal/events', body, 201)).path
  }
  const view = (path: string, user = 'alice') => call(user, 'GET', `/events${path}`)
  const receive = async (content: string, status = 200) => call('alice', 'POST', '/invitations', { content }, status)
  const decide = (path: string, body: object, status = 200, user = 'alice') =>
    call(user, 'POST', `/events/proposals${path}`, body, status)
  const mailedLast = async (count: number) =>
    (await mailedInvitations(calendar)).slice(-count).map(({ type, to }) => [/method=(\w+)/.exec(type)?.[1], to.join()])

  before(async () => {
    calendar = await startCalendarApp()
    for (const user of ['alice', 'bob']) await call(user, 'GET', '/')
    await addMailAccount(calendar, 'alice')
  })
  after(() => calendar.close())

  test('are shown to the organizer alone, the last one of each, and told', async () => {
    const path = await invite('shown')
    const said = {
      uid: 'shown',
      start: ':20270311T130000Z',
      end: ':20270311T140000Z',
      more: ['COMMENT:Dentist', 'LOCATION:Café'],
    }
    assert.equal((await receive(counter(said))).outcome, 'proposed')
    assert.equal((await receive(counter(said))).outcome, 'unchanged')
    assert.equal((await receive(counter({ ...said, stamp: '20200101T080000Z' }))).outcome, 'unchanged')
    await receive(counter({ ...said, from: 'mallory@elsewhere.example' }), 404)
    const [one, ...others] = (await view(path)).proposals
    assert.deepEqual(others, [])
    const { id, received_at: receivedAt, ...shown } = one
    assert.deepEqual(shown, {
      ...{ recurrence_id: null, from: outsider, name: 'Olga', start: '20270311T130000Z', end: '20270311T140000Z' },
      ...{ timezone: null, location: 'Café', comment: 'Dentist' },
    })
    assert.ok(Math.abs(Date.now() - Date.parse(receivedAt)) < 600_000)
    const newer = { ...said, stamp: '20200103T080000Z', start: ':20270312T130000Z', end: ':20270312T140000Z' }
    assert.equal((await receive(counter(newer))).outcome, 'proposed')
    const now = (await view(path)).proposals
    assert.deepEqual([now.length, now[0].start], [1, '20270312T130000Z'])

    const { items } = await call('bob', 'GET', '/personal/events')
    const bobs = items.find(({ uid }: { uid: string }) => uid === 'shown')
    assert.deepEqual((await view(bobs.path, 'bob')).proposals, [])
    await call('bob', 'POST', '/invitations', { content: counter(said) }, 403)
    await decide(bobs.path, { proposal_id: now[0].id, response: 'accepted' }, 404, 'bob')
    const headers = await calendar.bearer('alice')
    const { body } = await calendar.app.request('GET', '/api/v1/events?after=0&limit=1000', { headers })
    const told = body.items.filter(({ type }: { type: string }) => type === 'calendar.proposal_received')
    assert.deepEqual(
      told.map(({ data }: { data: Record<string, string> }) => [data.proposal_id, data.uid, data.start]),
      [
        [id, 'shown', '20270311T130000Z'],
        [now[0].id, 'shown', '20270312T130000Z'],
      ],
    )
  })

  test('one that is accepted is the time of the event: answers are taken back, all are told, and none is open', async () => {
    const path = await invite('taken', { attendees: [{ email: outsider, status: 'ACCEPTED' }, { email: peter }] })
    await receive(counter({ uid: 'taken', start: ':20270311T130000Z', end: ':20270311T143000Z' }))
    await receive(counter({ uid: 'taken', start: ':20270318T130000Z', end: ':20270318T143000Z', from: peter }))
    const { proposals, etag } = await view(path)
    const accept = { proposal_id: proposals[0].id, response: 'accepted' }
    assert.equal((await decide(path, { ...accept, if_match: '"old"' }, 412)).code, 'etag_mismatch')
    const decided = await decide(path, { ...accept, if_match: etag })
    const event = await view(path)
    assert.equal(event.etag, decided.etag)
    assert.deepEqual(
      [event.start, event.end, event.timezone, event.sequence],
      ['20270311T140000', '20270311T153000', 'Europe/Paris', 1],
    )
    assert.deepEqual(
      event.attendees.map(({ status }: { status: string }) => status),
      ['NEEDS-ACTION', 'NEEDS-ACTION'],
    )
    assert.deepEqual(event.proposals, [])
    assert.deepEqual(await mailedLast(1), [['REQUEST', `${outsider},${peter}`]])
    await decide(path, accept, 404)
    const late = counter({ uid: 'taken', start: ':20270319T130000Z', end: ':20270319T140000Z', more: ['SEQUENCE:0'] })
    assert.equal((await receive(late)).outcome, 'unchanged')
  })

  test('one that is declined is gone, and its proposer is told', async () => {
    const path = await invite('declined')
    await receive(counter({ uid: 'declined', start: ':20270311T130000Z', end: ':20270311T140000Z' }))
    const { proposals, etag } = await view(path)
    const decline = { proposal_id: proposals[0].id, response: 'declined' }
    await decide(path, { ...decline, if_match: '"old"' }, 412)
    assert.equal((await decide(path, { ...decline, if_match: etag })).etag, etag)
    const event = await view(path)
    assert.deepEqual([event.proposals, event.start], [[], '20270310T090000'])
    assert.deepEqual(await mailedLast(1), [['DECLINECOUNTER', outsider]])
    const [mail] = (await mailedInvitations(calendar)).slice(-1)
    assert.equal(mail?.subject, 'Proposal declined: declined')
    assert.match(mail?.content ?? '', /METHOD:DECLINECOUNTER[\s\S]*UID:declined[\s\S]*SEQUENCE:0/)
    assert.doesNotMatch(mail?.content ?? '', new RegExp(peter))
    await decide(path, decline, 404)
  })

  test('go when the organizer moves the event, and stay when anything else of it changes', async () => {
    const path = await invite('moved')
    await receive(counter({ uid: 'moved', start: ':20270311T130000Z', end: ':20270311T140000Z' }))
    const body = { summary: 'Renamed', start: '20270310T090000', end: '20270310T100000', timezone: 'Europe/Paris' }
    await call('alice', 'PUT', `/events${path}`, body)
    assert.equal((await view(path)).proposals.length, 1)
    await call('alice', 'PUT', `/events${path}`, { ...body, end: '20270310T110000' })
    assert.deepEqual((await view(path)).proposals, [])
  })

  test('may be about one occurrence of a series', async () => {
    const path = await invite('weekly', { rrule: 'FREQ=WEEKLY;COUNT=3' })
    const times = { start: ':20270318T090000Z', end: ':20270318T100000Z' }
    const more = ['RECURRENCE-ID:20270317T080000Z']
    assert.equal((await receive(counter({ uid: 'weekly', ...times, more }))).outcome, 'proposed')
    await receive(counter({ uid: 'weekly', ...times, more: ['RECURRENCE-ID:20270320T080000Z'] }))
    const [proposal, ...others] = (await view(path)).proposals
    assert.deepEqual([proposal.recurrence_id, others], ['20270317T080000Z', []])
    await decide(path, { proposal_id: proposal.id, response: 'accepted' })
    const event = await view(path)
    assert.deepEqual([event.start, event.proposals], ['20270310T090000', []])
    assert.deepEqual(
      event.overrides.map((one: { start: string; timezone: string }) => [one.start, one.timezone]),
      [['20270318T100000', 'Europe/Paris']],
    )
  })
})
