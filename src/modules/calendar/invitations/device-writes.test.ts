import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type CalendarApp, startCalendarApp } from '../../../../test/fixtures/calendar-app.ts'
import { addMailAccount, itipMessage, mailedInvitations, outsider } from '../../../../test/fixtures/calendar-mail.ts'

const peter = 'peter@elsewhere.example'

suite('what a phone writes into a calendar', () => {
  let calendar: CalendarApp
  let phone: (method: string, path: string, content?: string) => Promise<number>
  const lunch = (sequence: number, start: string, ...guests: string[]) =>
    itipMessage(
      ...(['PUBLISH', 'UID:lunch', `SEQUENCE:${sequence}`, 'SUMMARY:Lunch', `DTSTART:${start}`] as const),
      ...['ORGANIZER:mailto:alice@example.com', ...guests],
    ).replace('METHOD:PUBLISH\r\n', '')
  const mails = async () =>
    (await mailedInvitations(calendar)).map(({ type, to }) => `${/method=(\w+)/.exec(type)?.[1]} ${to.join()}`)

  before(async () => {
    calendar = await startCalendarApp()
    for (const user of ['alice', 'bob']) await calendar.as(user, 'GET', '/')
    await addMailAccount(calendar, 'alice')
    const headers = await calendar.bearer('alice')
    const made = await calendar.app.request('POST', '/api/v1/account/devices', { headers, body: { name: 'Phone' } })
    const authorization = `Basic ${Buffer.from(`alice@example.com:${made.body.password}`).toString('base64')}`
    phone = async (method, path, content) => {
      const answer = await fetch(`${calendar.app.url}/dav/calendars/alice/personal/${path}`, {
        ...{ method, headers: { authorization, 'content-type': 'text/calendar' } },
        ...(content !== undefined && { body: content }),
      })
      await answer.arrayBuffer()
      return answer.status
    }
  })
  after(() => calendar.close())

  test('is told to people elsewhere, once, and to nobody else: what is made, moved and deleted', async () => {
    const guests = [`ATTENDEE:mailto:${outsider}`, 'ATTENDEE:mailto:bob@example.com']
    const byItself = `ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:${peter}`
    assert.equal(await phone('PUT', 'lunch.ics', lunch(0, '20270308T120000Z', ...guests, byItself)), 201)
    assert.deepEqual(await mails(), [`REQUEST ${outsider}`])
    const shown = async (user: string) =>
      (await calendar.as(user, 'GET', '/personal/events')).body.items.map(({ uid }: { uid: string }) => uid)
    assert.deepEqual([await shown('alice'), await shown('bob')], [['lunch'], ['lunch']], 'at once, for all')
    assert.equal(await phone('PUT', 'lunch.ics', lunch(0, '20270308T120000Z', ...guests, byItself)), 204)
    assert.deepEqual(await mails(), [`REQUEST ${outsider}`], 'the same again is no news')
    assert.equal(await phone('PUT', 'lunch.ics', lunch(1, '20270308T130000Z', ...guests, byItself)), 204)
    assert.equal(await phone('DELETE', 'lunch.ics'), 204)
    assert.deepEqual(await shown('alice'), [])
    assert.deepEqual(await mails(), [`REQUEST ${outsider}`, `REQUEST ${outsider}`, `CANCEL ${outsider}`])
  })

  test('answers an invitation that came from elsewhere', async () => {
    const count = (await mails()).length
    const content = (status: string) =>
      itipMessage(
        ...(['REQUEST', 'UID:museum@elsewhere.example', 'SUMMARY:Museum', 'DTSTART:20270308T090000Z'] as const),
        ...[`ORGANIZER:mailto:${outsider}`, `ATTENDEE;PARTSTAT=${status}:mailto:alice@example.com`],
      )
    const { body } = await calendar.as('alice', 'POST', '/invitations', { content: content('NEEDS-ACTION') })
    const name = body.path.split('/').at(-1)
    assert.equal(await phone('PUT', name, content('ACCEPTED').replace('METHOD:REQUEST\r\n', '')), 204)
    assert.deepEqual((await mails()).slice(count), [`REPLY ${outsider}`])
  })

  test('is told to nobody where the server refuses it, and written where nothing can be made of it', async () => {
    const count = (await mails()).length
    assert.equal(await phone('PUT', 'broken.ics', 'no calendar'), 415)
    const task = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', 'BEGIN:VTODO', 'UID:todo', 'DTSTAMP:20270101T080000Z']
    assert.equal(await phone('PUT', 'todo.ics', [...task, 'END:VTODO', 'END:VCALENDAR', ''].join('\r\n')), 201)
    assert.equal(await phone('DELETE', 'todo.ics'), 204)
    assert.equal(await phone('DELETE', 'none.ics'), 404)
    assert.equal((await mails()).length, count)
  })
})
