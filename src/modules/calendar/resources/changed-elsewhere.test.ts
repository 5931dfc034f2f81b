import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { at, startResourcesApp } from '../../../../test/fixtures/resources-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'

suite('a resource', async () => {
  const { calendar, call, add, book, answersOf, taken, close } = await startResourcesApp({ ULTID_ROLES: 'api,jobs' })
  after(close)
  const room = (await add({ kind: 'room', name: 'Orangery', email: 'orangery@rooms.test' })).email
  const { database } = calendar.app.app.platform

  test('answers too where another program invites it, moves the event in time or to another calendar, or deletes it', async () => {
    const home = `${calendar.nextcloud.url}/remote.php/dav/calendars/alice`
    const url = `${home}/personal/elsewhere.ics`
    const authorization = `Basic ${Buffer.from('alice:alice').toString('base64')}`
    const put = async (start: string, end: string, to = url) => {
      const body = [
        ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Other//EN', 'BEGIN:VEVENT', 'UID:elsewhere', 'SUMMARY:Other'],
        ...['DTSTAMP:20260101T000000Z', `DTSTART:${start}`, `DTEND:${end}`, 'ORGANIZER:mailto:alice@example.com'],
        ...[`ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${room}`, 'END:VEVENT', 'END:VCALENDAR', ''],
      ].join('\r\n')
      const headers = { authorization, 'content-type': 'text/calendar; charset=utf-8' }
      assert.ok((await fetch(to, { method: 'PUT', headers, body })).ok)
    }
    const look = async () => {
      await database.updateTable('calendar_home').set({ checked_at: null }).execute()
      await call('alice', 'GET', '/')
    }
    // A look that is under way may have begun before the change.
    const seen = (check: () => Promise<void>) =>
      eventually(
        async () => {
          await look()
          await check()
        },
        { everyMs: 100 },
      )
    const path = '/remote.php/dav/calendars/alice/personal/elsewhere.ics'
    await put(at(63, 9), at(63, 10))
    await seen(async () => assert.deepEqual(await answersOf('alice', path), ['ACCEPTED']))
    await eventually(async () => assert.deepEqual(await taken('bob', room, 63), [at(63, 9)]))
    const late = await book('bob', 'late', at(63, 9), [room])
    assert.deepEqual(await answersOf('bob', late), ['DECLINED'])
    await put(at(63, 11), at(63, 12))
    await seen(async () => assert.deepEqual(await taken('bob', room, 63), [at(63, 11)]))
    const send = async (method: string, to: string) =>
      assert.ok((await fetch(to, { method, headers: { authorization } })).ok, method)
    await send('MKCALENDAR', `${home}/other/`)
    await send('DELETE', url)
    await put(at(63, 11), at(63, 12), `${home}/other/elsewhere.ics`)
    const moved = path.replace('personal', 'other')
    await seen(async () => assert.deepEqual(await answersOf('alice', moved), ['ACCEPTED']))
    await seen(async () => assert.deepEqual(await taken('bob', room, 63), [at(63, 11)]))
    await send('DELETE', `${home}/other/elsewhere.ics`)
    await seen(async () => assert.deepEqual(await taken('bob', room, 63), []))
  })
})
