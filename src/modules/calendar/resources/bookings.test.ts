import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { addMailAccount, mailedInvitations, outsider } from '../../../../test/fixtures/calendar-mail.ts'
import { at, type Invited, startResourcesApp } from '../../../../test/fixtures/resources-app.ts'

suite('a resource that is invited', async () => {
  const app = await startResourcesApp()
  const { calendar, call, add, book, answersOf, taken } = app
  after(app.close)
  const room = (await add({ kind: 'room', name: 'Orangery', email: 'orangery@rooms.test' })).email
  const beamer = (await add({ kind: 'equipment', name: 'Beamer', email: 'beamer@rooms.test', groups: ['sales'] })).email
  const { database } = calendar.app.app.platform

  test('accepts where it is free, declines where it is taken, and is free again once an event is gone or moved', async () => {
    const first = await book('alice', 'first', at(40, 9), [room, 'bob@example.com'])
    const { attendees } = await call('alice', 'GET', `/events${first}`)
    const [{ status, type, name, rsvp }, bob]: [Invited, Invited] = attendees
    assert.deepEqual([status, type, name, rsvp, bob.status], ['ACCEPTED', 'ROOM', 'Orangery', false, 'NEEDS-ACTION'])
    const second = await book('bob', 'second', at(40, 9), [room])
    assert.deepEqual(await answersOf('bob', second), ['DECLINED'])
    const beside = await book('bob', 'beside', at(40, 10), [room])
    assert.deepEqual(await answersOf('bob', beside), ['ACCEPTED'])
    assert.deepEqual(await taken('carol', room, 40), [at(40, 9)])
    await call('alice', 'PUT', `/events${first}`, { summary: 'Later', start: at(40, 14), end: at(40, 15) })
    assert.deepEqual(await answersOf('alice', first), ['ACCEPTED', 'NEEDS-ACTION'])
    assert.deepEqual(await taken('carol', room, 40), [at(40, 10), at(40, 14)])
    const again = { summary: 'Mine', start: at(40, 9), end: at(40, 10), attendees: [{ email: room }] }
    await call('bob', 'PUT', `/events${second}`, again)
    assert.deepEqual(await answersOf('bob', second), ['ACCEPTED'])
    await call('bob', 'PUT', `/events${second}`, { ...again, status: 'CANCELLED' })
    await call('bob', 'PUT', `/events${beside}`, { ...again, start: at(40, 10), end: at(40, 11), attendees: [] })
    await call('alice', 'DELETE', `/events${first}`, undefined, 204)
    assert.deepEqual(await taken('carol', room, 40), [])
  })

  test('is one’s alone, however many ask at once', async () => {
    const people = ['alice', 'bob', 'carol', 'alice', 'bob', 'carol']
    const paths = await Promise.all(people.map((user, index) => book(user, `race-${index}`, at(41, 9), [room])))
    const answers = await Promise.all(paths.map((path, index) => answersOf(people[index] ?? '', path)))
    assert.deepEqual(answers.flat().toSorted(), ['ACCEPTED', ...people.slice(1).map(() => 'DECLINED')])
    const { rows } = await database
      .selectFrom('calendar_booking')
      .select(['uid', 'held_until'])
      .where('uid', 'like', 'race-%')
      .execute()
      .then((found) => ({ rows: found }))
    assert.deepEqual(
      rows.map(({ held_until: held }) => held),
      [null],
    )
  })

  test('keeps no time for an event that is not written after all, and none of one that is for another', async () => {
    const path = await book('alice', 'written', at(45, 9), [room])
    const body = { uid: 'written', summary: 'Twice', start: at(45, 12), end: at(45, 13), attendees: [{ email: room }] }
    assert.equal((await call('alice', 'POST', '/personal/events', body, 409)).code, 'calendar.event_exists')
    const stale = await calendar.as('alice', 'PUT', `/events${path}`, body, { 'if-match': '"old"' })
    assert.equal(stale.body.code, 'etag_mismatch')
    assert.deepEqual(await taken('bob', room, 45), [at(45, 9)])
    // A uid is no secret: it does not make two people's events one.
    const other = await book('bob', 'written', at(45, 9), [room])
    assert.deepEqual(await answersOf('bob', other), ['DECLINED'])
    const sent = { ...body, summary: 'Copy', organizer: 'olga@elsewhere.example', uid: 'copy', start: at(45, 15) }
    const copy = await call('bob', 'POST', '/personal/events', { ...sent, end: at(45, 16) }, 201)
    assert.deepEqual(await answersOf('bob', copy.path), ['NEEDS-ACTION'])
    assert.deepEqual(await taken('carol', room, 45), [at(45, 9)])
  })

  test('takes the whole of a series or nothing of it, with what was moved, and goes along where it is split', async () => {
    const one = await book('alice', 'single', at(50, 9), [room])
    const daily = await book('bob', 'daily', at(49, 9), [room], { rrule: 'FREQ=DAILY;COUNT=4' })
    assert.deepEqual(await answersOf('bob', daily), ['DECLINED'])
    assert.deepEqual(await taken('bob', room, 51), [])
    const occurrence = `/events${daily}?scope=this&recurrence_id=${at(50, 9)}`
    await call('bob', 'PUT', occurrence, { summary: 'Moved', start: at(50, 11), end: at(50, 12) })
    assert.deepEqual(await answersOf('bob', daily), ['ACCEPTED'])
    assert.deepEqual(await taken('bob', room, 50), [at(50, 9), at(50, 11)])
    const split = `/events${daily}?scope=following&recurrence_id=${at(51, 9)}`
    const { following } = await call('bob', 'PUT', split, { summary: 'Rest', start: at(51, 9), end: at(51, 10) })
    assert.deepEqual(await answersOf('bob', following.path), ['ACCEPTED'])
    assert.deepEqual(await answersOf('bob', daily), ['ACCEPTED'])
    assert.deepEqual(await taken('bob', room, 52), [at(52, 9)])
    await call('bob', 'DELETE', `/events${following.path}`, undefined, 204)
    assert.deepEqual(await taken('bob', room, 52), [])
    for (const [user, path] of [
      ['alice', one],
      ['bob', daily],
    ] as const)
      await call(user, 'DELETE', `/events${path}`, undefined, 204)
    const often = await book('bob', 'often', at(50, 9), [room], { rrule: 'FREQ=HOURLY' })
    assert.deepEqual(await answersOf('bob', often), ['DECLINED'])
  })

  test('declines those whose groups may not book it, and is unknown to them', async () => {
    const refused = await book('bob', 'refused', at(60, 9), [beamer])
    const { attendees } = await call('bob', 'GET', `/events${refused}`)
    assert.deepEqual([attendees[0].status, attendees[0].name], ['DECLINED', ''])
    const headers = await calendar.bearer('alice', { groups: ['sales'] })
    const body = { uid: 'sold', summary: 'Sold', start: at(60, 9), end: at(60, 10), attendees: [{ email: beamer }] }
    const path = '/api/v1/calendar/personal/events'
    const made = await calendar.app.request('POST', path, { headers, body })
    const event = await calendar.app.request('GET', `/api/v1/calendar/events${made.body.path}`, { headers })
    assert.deepEqual([event.body.attendees[0].status, event.body.attendees[0].type], ['ACCEPTED', 'RESOURCE'])
    assert.equal(await taken('bob', beamer, 60), 'unknown')
  })

  test('is told of by nobody: no mail goes to it, and the server leaves it alone', async () => {
    await addMailAccount(calendar, 'carol')
    const path = await book('carol', 'mailed', at(61, 9), [room, outsider])
    await call('carol', 'PUT', `/events${path}`, { summary: 'Moved', start: at(61, 12), end: at(61, 13) })
    await call('carol', 'DELETE', `/events${path}`, undefined, 204)
    const sent = await mailedInvitations(calendar)
    assert.equal(sent.length, 3)
    for (const { to, content } of sent) {
      assert.deepEqual(to, [outsider])
      assert.doesNotMatch(content ?? '', /SCHEDULE-/)
    }
  })

  test('is asked for a time at any hour, and keeps from being proposed what it has not', async () => {
    const held = await book('alice', 'held', at(62, 3), [room])
    const [start, end] = [at(62, 3), at(62, 5)].map((time) =>
      time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'),
    )
    const hours = { start: '00:00', end: '24:00', days: [0, 1, 2, 3, 4, 5, 6] }
    const wanted = { start, end, duration_minutes: 60, attendees: [{ email: room }], working_hours: hours }
    const { items, unknown } = await call('carol', 'POST', '/freebusy/suggestions', wanted)
    assert.deepEqual([items[0].is_free, items[0].busy, items[0].outside_working_hours], [true, [], []])
    assert.equal(items[0].start.slice(11, 16), '04:00')
    assert.deepEqual([items.at(-1).busy, unknown], [[room], []])
    await call('alice', 'DELETE', `/events${held}`, undefined, 204)
  })

  test('is free again when the calendar goes, or the resource itself is no more', async () => {
    const { id } = await call('alice', 'POST', '/', { name: 'Project' }, 201)
    const event = { uid: 'project', summary: 'P', start: at(64, 9), end: at(64, 10), attendees: [{ email: room }] }
    await call('alice', 'POST', `/${id}/events`, event, 201)
    assert.deepEqual(await taken('bob', room, 64), [at(64, 9)])
    await call('alice', 'DELETE', `/${id}`, undefined, 204)
    assert.deepEqual(await taken('bob', room, 64), [])
    const { id: boatId, email } = await add({ kind: 'equipment', name: 'Boat' })
    const path = await book('alice', 'sail', at(64, 9), [email])
    assert.deepEqual(await answersOf('alice', path), ['ACCEPTED'])
    await app.admin.expect(204, 'DELETE', `/resources/${boatId}`)
    const left = await database.selectFrom('calendar_booking').select('id').where('resource_id', '=', boatId).execute()
    assert.deepEqual(left, [])
  })

  test('is booked for whose calendar it is, whoever writes in it, and what one’s own event holds is no obstacle', async () => {
    const { id } = await call('alice', 'POST', '/', { name: 'Shared' }, 201)
    await call('alice', 'PUT', `/${id}/shares`, { email: 'bob@example.com', access: 'read_write' })
    const body = { uid: 'ours', summary: 'Ours', start: at(65, 9), end: at(65, 10), attendees: [{ email: room }] }
    const { path } = await call('alice', 'POST', `/${id}/events`, body, 201)
    const theirs = (await call('bob', 'GET', '/')).items.find((one: { owner: string }) => one.owner === 'alice')
    const [seen] = (await call('bob', 'GET', `/${theirs.id}/events`)).items
    await call('bob', 'PUT', `/events${seen.path}`, { summary: 'Longer', start: at(65, 9), end: at(65, 11) })
    assert.deepEqual(await answersOf('alice', path), ['ACCEPTED'])
    const owners = await database
      .selectFrom('calendar_booking')
      .innerJoin('principal', 'principal.id', 'calendar_booking.owner_id')
      .select(['principal.email', 'calendar_booking.ends_at'])
      .where('uid', '=', 'ours')
      .execute()
    assert.deepEqual(
      owners.map(({ email }) => email),
      ['alice@example.com'],
    )
    await call('bob', 'DELETE', `/events${seen.path}`, undefined, 204)
    assert.deepEqual(await taken('carol', room, 65), [])
  })
})
