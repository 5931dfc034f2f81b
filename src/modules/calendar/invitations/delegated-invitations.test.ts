import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { addMailAccount, itipMessage, mailedInvitations, outsider } from '../../../../test/fixtures/calendar-mail.ts'

const peter = 'peter@elsewhere.example'
const times = { start: '20270310T090000Z', end: '20270310T100000Z' }

suite('invitations from a calendar by somebody who may write in it', () => {
  let calendar: CalendarApp
  /** Of alice, shared with bob to write and with carol to read; as bob has it. */
  let shared: string
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const invite = (uid: string, attendees: string[], more = {}) =>
    call(
      ...(['bob', 'POST', `/${shared}/events`] as const),
      { uid, summary: uid, ...times, attendees: attendees.map((email) => ({ email })), ...more },
      201,
    )
  const ofAlice = async (uid: string) => {
    const { items } = await call('alice', 'GET', '/personal/events?limit=1000')
    return items.find((one: { uid: string }) => one.uid === uid)
  }
  const mailedSince = async (count: number) => (await mailedInvitations(calendar)).slice(count)
  const count = async () => (await mailedInvitations(calendar)).length
  const methodOf = ({ type }: { type: string }) => /method=(\w+)/.exec(type)?.[1]

  before(async () => {
    calendar = await startCalendarApp()
    for (const user of ['alice', 'bob', 'carol', 'dave']) await call(user, 'GET', '/')
    for (const [user, access] of [
      ['bob', 'read_write'],
      ['carol', 'read'],
    ]) {
      await call('alice', 'PUT', '/personal/shares', { email: `${user}@example.com`, access })
    }
    shared = 'personal_shared_by_alice'
    await addMailAccount(calendar, 'alice')
    await addMailAccount(calendar, 'bob')
  })
  after(() => calendar.close())

  test('are those of its owner, from their account, with who wrote them named: once when it is made, changed and deleted', async () => {
    const before = await count()
    const { path, unreached } = await invite('made', [outsider, 'dave@example.com'])
    assert.equal(unreached, undefined)
    assert.equal((await ofAlice('made')).organizer, 'alice@example.com')
    const [mail, ...others] = await mailedSince(before)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [mail?.subject, mail?.from, mail?.to, methodOf(mail ?? { type: '' })],
      ['Invitation: made', 'alice@example.com', [outsider], 'REQUEST'],
    )
    assert.match(mail?.content ?? '', /ORGANIZER;SENT-BY="mailto:bob@example\.com":mailto:alice@example\.com/)
    const dave = (await call('dave', 'GET', '/personal/events')).items.find(
      ({ uid }: { uid: string }) => uid === 'made',
    )
    assert.equal(dave.organizer, 'alice@example.com', 'people here are told by the server')

    await call('bob', 'PUT', `/events${path}`, { summary: 'made', ...times, description: 'No news' })
    assert.equal(await count(), before + 1)
    const attendees = [{ email: peter }, { email: 'dave@example.com' }]
    await call('bob', 'PUT', `/events${path}`, {
      summary: 'made',
      start: '20270310T110000Z',
      end: '20270310T120000Z',
      attendees,
    })
    await call('bob', 'DELETE', `/events${path}`, undefined, 204)
    assert.deepEqual(
      (await mailedSince(before + 1)).map((one) => [
        methodOf(one),
        one.from,
        one.to.join(),
        one.content.includes('SENT-BY'),
      ]),
      [
        ['REQUEST', 'alice@example.com', peter, true],
        ['CANCEL', 'alice@example.com', outsider, true],
        ['CANCEL', 'alice@example.com', peter, true],
      ],
    )
    await call('alice', 'GET', '/personal/events')
    await call('bob', 'GET', `/${shared}/events`)
    assert.equal(await count(), before + 4, 'whoever looks at it later sends nothing again')
  })

  test('are told to their owner, who sees in the outbox who sent them; the answers come back to the owner', async () => {
    await invite('told', [outsider])
    const headers = await calendar.bearer('alice')
    const outbox = await calendar.app.request('GET', '/api/v1/mail/outbox', { headers })
    const [entry] = outbox.body.items.filter(({ subject }: { subject: string }) => subject === 'Invitation: told')
    assert.equal(entry.sent_by.name, 'bob')
    const answer = itipMessage(
      ...([
        'REPLY',
        'UID:told',
        'SEQUENCE:0',
        'ORGANIZER;SENT-BY="mailto:bob@example.com":mailto:alice@example.com',
      ] as const),
      `ATTENDEE;PARTSTAT=ACCEPTED:mailto:${outsider}`,
    )
    assert.equal((await call('alice', 'POST', '/invitations', { content: answer })).outcome, 'answer_recorded')
    assert.equal((await ofAlice('told')).attendees[0].status, 'ACCEPTED')
  })

  test('are for the owner also where the writer calls themselves the organizer, and where the first guest comes later', async () => {
    const before = await count()
    await invite('named', [outsider], { organizer: 'bob@example.com' })
    assert.equal((await ofAlice('named')).organizer, 'alice@example.com')
    const { path } = await invite('later', [])
    await call('bob', 'PUT', `/events${path}`, { summary: 'later', ...times, attendees: [{ email: outsider }] })
    assert.equal((await ofAlice('later')).organizer, 'alice@example.com')
    assert.deepEqual(
      (await mailedSince(before)).map((one) => [methodOf(one), one.from]),
      [
        ['REQUEST', 'alice@example.com'],
        ['REQUEST', 'alice@example.com'],
      ],
    )
  })

  test('of one occurrence of a series go out as those of the owner would', async () => {
    const before = await count()
    const { path } = await invite('weekly', [outsider], { rrule: 'FREQ=WEEKLY;COUNT=3' })
    const moved = { summary: 'weekly', start: '20270318T090000Z', end: '20270318T100000Z' }
    await call('bob', 'PUT', `/events${path}?scope=this&recurrence_id=20270317T090000Z`, moved)
    await call('bob', 'DELETE', `/events${path}?scope=this&recurrence_id=20270324T090000Z`, undefined, 204)
    const sent = await mailedSince(before)
    assert.deepEqual(
      sent.map((one) => [methodOf(one), one.from, one.to.join()]),
      [
        ['REQUEST', 'alice@example.com', outsider],
        ['REQUEST', 'alice@example.com', outsider],
        ['REQUEST', 'alice@example.com', outsider],
      ],
    )
    const sentBy = sent.at(-1)?.content.match(/SENT-BY="mailto:bob@example\.com"/g)
    assert.equal(sentBy?.length, 2, 'in each of its events')
  })

  test('do not go out for whom the calendar is only shared to read', async () => {
    const before = await count()
    await call(
      'carol',
      'POST',
      `/${shared}/events`,
      { uid: 'no', summary: 'No', ...times, attendees: [{ email: outsider }] },
      403,
    )
    assert.equal(await count(), before)
  })

  test('are none without an account of the owner’s, which the answer says, whatever account the writer has', async () => {
    const before = await count()
    const made = await call('dave', 'POST', '/', { name: 'Crew' }, 201)
    await call('dave', 'PUT', `/${made.id}/shares`, { email: 'bob@example.com', access: 'read_write' })
    const crew = `${made.id}_shared_by_dave`
    const body = {
      uid: 'crew',
      summary: 'Crew',
      ...times,
      attendees: [{ email: outsider }, { email: 'carol@example.com' }],
    }
    const unreached = [{ email: outsider, reason: 'no_mail_account' }]
    await call('bob', 'GET', '/')
    const created = await call('bob', 'POST', `/${crew}/events`, body, 201)
    assert.deepEqual(created.unreached, unreached)
    const later = { summary: 'Crew', start: '20270310T110000Z', end: '20270310T120000Z' }
    assert.deepEqual((await call('bob', 'PUT', `/events${created.path}`, later)).unreached, unreached)
    assert.deepEqual(await call('bob', 'DELETE', `/events${created.path}`), { unreached })
    assert.equal(await count(), before)
  })

  test('are none for an event whose organizer is not its owner, which the answer says', async () => {
    const before = await count()
    const body = { uid: 'foreign', summary: 'Foreign', ...times, attendees: [{ email: outsider }] }
    await call('alice', 'POST', '/personal/events', { ...body, organizer: 'bob@example.com' }, 201)
    const { items } = await call('bob', 'GET', `/${shared}/events?limit=1000`)
    const { path } = items.find(({ uid }: { uid: string }) => uid === 'foreign')
    const changed = await call('bob', 'PUT', `/events${path}`, { summary: 'Renamed', ...times })
    assert.deepEqual(changed.unreached, [{ email: outsider, reason: 'organizer_not_owner' }])
    assert.equal(await count(), before)
  })

  test('and one’s own are reported in the same way, as is an answer that cannot go back', async () => {
    const unreached = [{ email: outsider, reason: 'no_mail_account' }]
    const body = { uid: 'own', summary: 'Own', ...times, attendees: [{ email: outsider }] }
    const { path, ...said } = await call('dave', 'POST', '/personal/events', body, 201)
    assert.deepEqual(said.unreached, unreached)
    assert.deepEqual(
      (await call('dave', 'PUT', `/events${path}`, { ...body, summary: 'Renamed' })).unreached,
      unreached,
    )
    assert.deepEqual(Object.keys(await call('dave', 'PUT', `/events${path}`, { ...body, summary: 'Renamed' })), [
      'etag',
    ])
    assert.deepEqual(await call('dave', 'DELETE', `/events${path}`), { unreached })

    const content = itipMessage(
      ...(['REQUEST', 'UID:museum@elsewhere.example', 'SUMMARY:Museum', `ORGANIZER:mailto:${outsider}`] as const),
      ...['DTSTART:20270308T090000Z', 'ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dave@example.com'],
    )
    const { path: copy } = await call('dave', 'POST', '/invitations', { content })
    const answer = { email: 'dave@example.com', response: 'accepted' }
    assert.deepEqual((await call('dave', 'POST', `/events/response${copy}`, answer)).unreached, unreached)
  })
})
