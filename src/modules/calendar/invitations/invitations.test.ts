import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import {
  addMailAccount,
  mailedInvitations,
  itipMessage as message,
  outsider,
} from '../../../../test/fixtures/calendar-mail.ts'

const museum = (method: string, sequence: number, ...more: string[]) =>
  message(
    method,
    ...['UID:museum@elsewhere.example', `SEQUENCE:${sequence}`, 'SUMMARY:Museum', `ORGANIZER:mailto:${outsider}`],
    ...['DTSTART:20270308T090000Z', 'DTEND:20270308T100000Z'],
    ...['ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:alice@example.com', ...more],
  )

suite('invitations from and to elsewhere', () => {
  let calendar: CalendarApp
  const call = async (user: string, method: string, path: string, body?: unknown, status = 200) => {
    const answer = await calendar.as(user, method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const mailed = () => mailedInvitations(calendar)

  before(async () => {
    calendar = await startCalendarApp()
    for (const user of ['alice', 'bob']) await call(user, 'GET', '/')
    await addMailAccount(calendar, 'alice')
  })
  after(() => calendar.close())

  test('what awaits an answer is listed until it is answered', async () => {
    const body = {
      uid: 'ask',
      summary: 'Ask',
      start: '20270308T090000Z',
      end: '20270308T100000Z',
      attendees: [{ email: 'bob@example.com' }],
    }
    await call('alice', 'POST', '/personal/events', body, 201)
    assert.deepEqual((await call('alice', 'GET', '/invitations')).items, [])
    const [invitation] = (await call('bob', 'GET', '/invitations')).items
    assert.equal(invitation.uid, 'ask')
    await call('bob', 'POST', `/events/response${invitation.path}`, { email: 'bob@example.com', response: 'tentative' })
    assert.deepEqual((await call('bob', 'GET', '/invitations')).items, [])
    assert.deepEqual(await mailed(), [])
  })

  test('one that came by mail is kept, changed and cancelled by its organizer alone; the answer goes back by mail', async () => {
    const added = await call('alice', 'POST', '/invitations', { content: museum('REQUEST', 0) })
    assert.deepEqual([added.method, added.outcome], ['REQUEST', 'added'])
    assert.equal((await call('alice', 'POST', '/invitations', { content: museum('REQUEST', 0) })).outcome, 'unchanged')
    await call('alice', 'POST', `/events/response${added.path}`, { email: 'alice@example.com', response: 'accepted' })
    const [reply] = await mailed()
    assert.deepEqual(
      [reply?.subject, reply?.to, reply?.type],
      ['Accepted: Museum', [outsider], 'text/calendar; charset=utf-8; method=REPLY'],
    )
    assert.match(reply?.content ?? '', /METHOD:REPLY[\s\S]*PARTSTAT=ACCEPTED/)
    const forged = museum('CANCEL', 1).replace(outsider, 'mallory@example.com')
    await call('alice', 'POST', '/invitations', { content: forged }, 403)
    const moved = museum('REQUEST', 1).replaceAll('20270308', '20270309')
    assert.equal((await call('alice', 'POST', '/invitations', { content: moved })).outcome, 'updated')
    assert.equal((await call('alice', 'GET', `/events${added.path}`)).start, '20270309T090000Z')
    assert.equal((await call('alice', 'POST', '/invitations', { content: museum('CANCEL', 2) })).outcome, 'cancelled')
    assert.equal((await call('alice', 'GET', `/events${added.path}`)).status, 'CANCELLED')
    await call('bob', 'POST', '/invitations', { content: museum('REQUEST', 0) }, 422)
    await call('alice', 'POST', '/invitations', { content: 'hello' }, 422)
  })

  test('an update of one occurrence leaves the others, and of the same revision one’s answer and reminders', async () => {
    const lesson = (stamp: string, ...lines: string[]) =>
      message('REQUEST', ...['UID:lesson@elsewhere.example', `ORGANIZER:mailto:${outsider}`], ...lines).replace(
        /DTSTAMP:.*/,
        `DTSTAMP:${stamp}`,
      )
    const guest = 'ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:alice@example.com'
    const times = (day: string) => [`DTSTART:${day}T090000Z`, `DTEND:${day}T100000Z`, guest, 'SEQUENCE:0']
    const series = (stamp: string, summary: string) =>
      lesson(stamp, ...times('20270308'), `SUMMARY:${summary}`, 'RRULE:FREQ=WEEKLY;COUNT=3')
    const take = async (content: string) => (await call('alice', 'POST', '/invitations', { content })).outcome
    const { path } = await call('alice', 'POST', '/invitations', { content: series('20200101T080000Z', 'Lesson') })
    const shown = async () => {
      const { start, summary, rrule, overrides, alarms, attendees } = await call('alice', 'GET', `/events${path}`)
      const moved = overrides.map((one: { start: string }) => one.start)
      return [start, summary, rrule, moved, alarms.length, attendees[0].status]
    }
    const moved = (stamp: string, day: string) =>
      lesson(stamp, ...times(day), 'SUMMARY:Lesson', 'RECURRENCE-ID:20270315T090000Z')
    assert.equal(await take(moved('20200102T080000Z', '20270316')), 'updated')
    assert.equal(await take(moved('20200101T080000Z', '20270317')), 'unchanged')
    const rule = 'FREQ=WEEKLY;COUNT=3'
    assert.deepEqual(await shown(), ['20270308T090000Z', 'Lesson', rule, ['20270316T090000Z'], 0, 'NEEDS-ACTION'])

    const alarms = [{ action: 'DISPLAY', trigger: '-PT10M' }]
    const body = { summary: 'Lesson', start: '20270308T090000Z', end: '20270308T100000Z', alarms }
    await call('alice', 'PUT', `/events${path}`, body)
    await call('alice', 'POST', `/events/response${path}`, { email: 'alice@example.com', response: 'accepted' })
    assert.equal(await take(series('20200103T080000Z', 'Old')), 'unchanged')
    assert.equal(await take(series('29990101T080000Z', 'New room')), 'updated')
    assert.deepEqual(await shown(), ['20270308T090000Z', 'New room', rule, [], 1, 'ACCEPTED'])
  })

  test('people elsewhere are invited, told of changes and of the end by mail; their answers are written down', async () => {
    const count = (await mailed()).length
    const body = {
      uid: 'out',
      summary: 'Out',
      start: '20270310T090000Z',
      end: '20270310T100000Z',
      attendees: [{ email: outsider }, { email: 'bob@example.com' }],
    }
    const { path } = await call('alice', 'POST', '/personal/events', body, 201)
    const since = async () =>
      (await mailed()).slice(count).map(({ subject, to, type }) => [subject, to.join(), /method=(\w+)/.exec(type)?.[1]])
    assert.deepEqual(await since(), [['Invitation: Out', outsider, 'REQUEST']])
    await call('alice', 'PUT', `/events${path}`, { ...body, attendees: undefined, description: 'No news' })
    assert.equal((await since()).length, 1)
    const answer = message(
      'REPLY',
      'UID:out',
      'SEQUENCE:0',
      'ORGANIZER:mailto:alice@example.com',
      `ATTENDEE;PARTSTAT=DECLINED:mailto:${outsider}`,
    )
    assert.equal((await call('alice', 'POST', '/invitations', { content: answer })).outcome, 'answer_recorded')
    const { attendees } = await call('alice', 'GET', `/events${path}`)
    assert.equal(attendees.find((one: { email: string }) => one.email === outsider).status, 'DECLINED')
    const counter = message(
      ...(['COUNTER', 'UID:out', 'SUMMARY:Out', 'DTSTART:20270311T090000Z', 'DTEND:20270311T100000Z'] as const),
      `ATTENDEE:mailto:${outsider}`,
    )
    const proposed = await call('alice', 'POST', '/invitations', { content: counter })
    assert.deepEqual([proposed.outcome, proposed.proposal.start], ['proposed', '20270311T090000Z'])
    await call('alice', 'PUT', `/events${path}`, {
      ...body,
      attendees: undefined,
      start: '20270310T110000Z',
      end: '20270310T120000Z',
    })
    await call('alice', 'DELETE', `/events${path}`, undefined, 204)
    assert.deepEqual((await since()).slice(1), [
      ['Updated invitation: Out', outsider, 'REQUEST'],
      ['Cancelled: Out', outsider, 'CANCEL'],
    ])
  })

  test('the last answer of each counts, in whatever order mail brings them, and none to an earlier revision', async () => {
    const body = {
      ...{ uid: 'order', summary: 'Order', start: '20270310T090000Z', end: '20270310T100000Z' },
      attendees: [{ email: outsider }],
    }
    const { path } = await call('alice', 'POST', '/personal/events', body, 201)
    const answer = async (status: string, stamp: string, sequence?: number): Promise<string> => {
      const content = message(
        ...(['REPLY', 'UID:order', 'ORGANIZER:mailto:alice@example.com'] as const),
        `ATTENDEE;PARTSTAT=${status}:mailto:${outsider}`,
        ...(sequence === undefined ? [] : [`SEQUENCE:${sequence}`]),
      ).replace(/DTSTAMP:.*\r\n/, stamp && `DTSTAMP:${stamp}\r\n`)
      return (await call('alice', 'POST', '/invitations', { content })).outcome
    }
    const status = async (): Promise<string> => (await call('alice', 'GET', `/events${path}`)).attendees[0].status
    assert.equal(await answer('ACCEPTED', '20200102T080000Z', 0), 'answer_recorded')
    assert.equal(await answer('DECLINED', '20200101T080000Z', 0), 'unchanged')
    assert.equal(await answer('TENTATIVE', '20200102T080001Z', 0), 'answer_recorded')
    assert.equal(await status(), 'TENTATIVE')

    await call('alice', 'POST', `/events/response${path}`, { email: outsider, response: 'accepted' })
    assert.equal(await answer('DECLINED', '20200103T080000Z', 0), 'unchanged')
    assert.equal(await status(), 'ACCEPTED')

    const later = { ...body, attendees: undefined, start: '20270310T110000Z', end: '20270310T120000Z' }
    await call('alice', 'PUT', `/events${path}`, later)
    assert.equal(await answer('DECLINED', '', 0), 'unchanged')
    assert.equal(await status(), 'NEEDS-ACTION')
    assert.equal(await answer('DECLINED', ''), 'answer_recorded')
    assert.equal(await status(), 'DECLINED')
  })

  test('one is invited, and answers, under every address of one’s mail accounts, and from the account of that address', async () => {
    await addMailAccount(calendar, 'bob')
    const account = await addMailAccount(calendar, 'bob', 'bob@private.example')
    const body = {
      ...{ uid: 'private', summary: 'Private', start: '20270312T090000Z', end: '20270312T100000Z' },
      attendees: [{ email: 'Bob@private.example' }],
    }
    const { path } = await call('alice', 'POST', '/personal/events', body, 201)
    const request = (await mailed()).at(-1)
    assert.deepEqual([request?.subject, request?.to], ['Invitation: Private', ['Bob@private.example']])
    const added = await call('bob', 'POST', '/invitations', { content: request?.content })
    assert.equal(added.outcome, 'added')
    const awaiting = async () => (await call('bob', 'GET', '/invitations')).items.map(({ uid }: { uid: string }) => uid)
    assert.deepEqual(await awaiting(), ['private'])
    const accept = { email: 'bob@private.example', response: 'accepted' }
    await call('bob', 'POST', `/events/response${added.path}`, { ...accept, email: 'bob@example.com' }, 404)
    await call('bob', 'POST', `/events/response${path}`, accept)
    assert.deepEqual(await awaiting(), [])
    const reply = (await mailed()).at(-1)
    assert.deepEqual(
      [reply?.subject, reply?.to, reply?.from, reply?.account],
      ['Accepted: Private', ['alice@example.com'], 'bob@private.example', account],
    )
    assert.match(reply?.content ?? '', /ATTENDEE[^\r\n]*PARTSTAT=ACCEPTED[^:]*:mailto:Bob@private\.example/)
    assert.equal((await call('alice', 'POST', '/invitations', { content: reply?.content })).outcome, 'answer_recorded')
    assert.equal((await call('alice', 'GET', `/events${path}`)).attendees[0].status, 'ACCEPTED')
    await call('alice', 'POST', `/events/response${path}`, accept)
    await call('carol', 'POST', `/events/response${path}`, accept, 404)
  })

  test('nobody is somebody else here by naming their address in a mail account', async () => {
    await call('carol', 'GET', '/')
    await addMailAccount(calendar, 'carol', 'bob@example.com')
    const content = museum('REQUEST', 0).replace('alice@example.com', 'bob@example.com')
    assert.equal((await call('carol', 'POST', '/invitations', { content }, 422)).code, 'calendar.not_invited')
    const body = {
      ...{ uid: 'shared', summary: 'Shared', start: '20270313T090000Z', end: '20270313T100000Z' },
      attendees: [{ email: 'bob@example.com' }],
    }
    await call('alice', 'POST', '/personal/events', body, 201)
    await call('alice', 'PUT', '/personal/shares', { email: 'carol@example.com', access: 'read_write' })
    const theirs = (await call('carol', 'GET', '/')).items.find((one: { owner: string }) => one.owner === 'alice')
    const shown = (await call('carol', 'GET', `/${theirs.id}/events`)).items
    const { path } = shown.find(({ uid }: { uid: string }) => uid === 'shared')
    const answer = { email: 'bob@example.com', response: 'accepted' }
    assert.equal((await call('carol', 'POST', `/events/response${path}`, answer, 403)).code, 'auth.forbidden')
  })

  test('one that was accepted and is deleted is declined; one that was never answered goes without a word', async () => {
    const count = (await mailed()).length
    for (const [uid, response] of [
      ['promised', 'accepted'],
      ['silent', undefined],
    ] as const) {
      const content = museum('REQUEST', 0).replace('museum@elsewhere.example', uid)
      const { path } = await call('alice', 'POST', '/invitations', { content })
      const answer = { email: 'alice@example.com', response }
      if (response) await call('alice', 'POST', `/events/response${path}`, answer)
      await call('alice', 'DELETE', `/events${path}`, undefined, 204)
    }
    const said = (await mailed()).slice(count)
    assert.deepEqual(
      said.map(({ subject, to }) => [subject, to.join()]),
      [
        ['Accepted: Museum', outsider],
        ['Declined: Museum', outsider],
      ],
    )
    assert.match(said[1]?.content ?? '', /METHOD:REPLY[\s\S]*UID:promised[\s\S]*PARTSTAT=DECLINED/)
  })

  test('what another program named a guest and is no address keeps no event from being changed', async () => {
    const count = (await mailed()).length
    const found = calendar.nextcloud.calendars.find('alice', 'personal')
    assert.ok(found)
    const text = message(
      ...(['PUBLISH', 'UID:odd', 'SUMMARY:Odd', 'DTSTART:20270308T090000Z', 'DTEND:20270308T100000Z'] as const),
      ...['ORGANIZER:mailto:alice@example.com', 'ATTENDEE:mailto:the whole@team', `ATTENDEE:mailto:${outsider}`],
    )
    calendar.nextcloud.calendars.put(found.collection, 'odd.ics', text.replace('METHOD:PUBLISH\r\n', ''))
    const path = '/remote.php/dav/calendars/alice/personal/odd.ics'
    const times = { start: '20270309T090000Z', end: '20270309T100000Z' }
    const unreached = [{ email: 'the whole@team', reason: 'address_invalid' }]
    assert.deepEqual((await call('alice', 'PUT', `/events${path}`, { summary: 'Odd', ...times })).unreached, unreached)
    assert.deepEqual(await call('alice', 'DELETE', `/events${path}`), { unreached })
    assert.deepEqual(
      (await mailed()).slice(count).map(({ subject, to }) => [subject, to.join()]),
      [
        ['Updated invitation: Odd', outsider],
        ['Cancelled: Odd', outsider],
      ],
    )
  })

  test('any number of guests that another program named is told, in as many messages as it takes', async () => {
    const count = (await mailed()).length
    const found = calendar.nextcloud.calendars.find('alice', 'personal')
    assert.ok(found)
    const guests = Array.from({ length: 501 }, (_, at) => `ATTENDEE:mailto:guest${at}@elsewhere.example`)
    const text = message(
      ...(['PUBLISH', 'UID:crowd', 'SUMMARY:Crowd', 'DTSTART:20270308T090000Z', 'DTEND:20270308T100000Z'] as const),
      ...['ORGANIZER:mailto:alice@example.com', ...guests],
    )
    calendar.nextcloud.calendars.put(found.collection, 'crowd.ics', text.replace('METHOD:PUBLISH\r\n', ''))
    await call('alice', 'DELETE', '/events/remote.php/dav/calendars/alice/personal/crowd.ics', undefined, 204)
    assert.deepEqual(
      (await mailed()).slice(count).map(({ to }) => to.length),
      [500, 1],
    )
  })

  test('a file that is taken in invites nobody', async () => {
    const count = (await mailed()).length
    const event = [
      'UID:file',
      'SUMMARY:File',
      'ORGANIZER:mailto:alice@example.com',
      `ATTENDEE:mailto:${outsider}`,
      'DTSTART:20270308T090000Z',
    ]
    const taken = await calendar.as('alice', 'POST', '/personal/import', message('PUBLISH', ...event), {
      'content-type': 'text/calendar',
    })
    assert.equal(taken.body.created, 1)
    assert.equal((await mailed()).length, count)
  })
})
