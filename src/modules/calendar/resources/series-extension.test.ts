import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import type { Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import { at, type Invited, startResourcesApp } from '../../../../test/fixtures/resources-app.ts'
import { eventually } from '../../../../test/harness/eventually.ts'
import { readObject } from '../ical/calendar-object.ts'
import { type BookingPlace, bookingStore } from './booking-store.ts'
import { createBookings } from './bookings.ts'

/** What the hour brings, at once. */
const extendJob = `select graphile_worker.add_job('calendar.extend_bookings', '{}'::json)`

suite('a resource with a window of ten days', async () => {
  const app = await startResourcesApp({ ULTID_ROLES: 'api,jobs' })
  const { calendar, admin, call, add, book, answersOf, taken } = app
  after(app.close)
  const { database, pool } = calendar.app.app.platform
  const made = await add({ kind: 'room', name: 'Orangery', email: 'orangery@rooms.test', booking_days: 10 })
  const room = made.email
  /** As time would: what was too far ahead comes into the window. */
  const openWindow = (days: number) =>
    admin.expect(200, 'PUT', `/resources/${made.id}`, { body: { kind: 'room', name: 'Orangery', booking_days: days } })
  const daysTaken = async (from: number, to: number): Promise<number[]> => {
    const days = Array.from({ length: to - from }, (_, index) => from + index)
    const found = await Promise.all(days.map(async (day) => (await taken('carol', room, day)).length))
    return days.filter((_, index) => found[index])
  }
  const isTaken = (day: number) => eventually(async () => assert.equal((await taken('carol', room, day)).length, 1))
  const remove = (user: string, path: string) => call(user, 'DELETE', `/events${path}`, undefined, 204)
  const firstOf = async (user: string, path: string, query = ''): Promise<Invited & { reason?: string }> =>
    (await call(user, 'GET', `/events${path}${query}`)).attendees[0]

  test('says how far ahead it may be booked, to people and to administrators', async () => {
    assert.equal(made.booking_days, 10)
    const { items } = await call('bob', 'GET', '/resources')
    assert.equal(items[0].booking_days, 10)
    for (const booking_days of [0, 3661, 1.5]) {
      const refused = await admin.admin('POST', '/resources', { body: { kind: 'room', name: 'x', booking_days } })
      assert.equal(refused.status, 400)
    }
    assert.equal((await add({ kind: 'room', name: 'A year' })).booking_days, 366)
  })

  test('declines what begins beyond it, and says why, as where it is taken', async () => {
    const far = await book('alice', 'far', at(12, 9), [room])
    assert.deepEqual([await answersOf('alice', far), (await firstOf('alice', far)).reason], [['DECLINED'], 'too_far'])
    const near = await book('alice', 'near', at(8, 9), [room])
    assert.deepEqual([await answersOf('alice', near), (await firstOf('alice', near)).reason], [['ACCEPTED'], undefined])
    const late = await book('bob', 'late', at(8, 9), [room])
    assert.equal((await firstOf('bob', late)).reason, 'taken')
    const often = await book('bob', 'often', at(2, 9), [room], { rrule: 'FREQ=HOURLY' })
    assert.equal((await firstOf('bob', often)).reason, 'too_often')
    const later = await book('bob', 'later', at(20, 9), [room], { rrule: 'FREQ=WEEKLY' })
    assert.equal((await firstOf('bob', later)).reason, 'too_far')
    await call('alice', 'PUT', `/events${far}`, { summary: 'Sooner', start: at(7, 9), end: at(7, 10) })
    assert.deepEqual([await answersOf('alice', far), (await firstOf('alice', far)).reason], [['ACCEPTED'], undefined])
    for (const path of [far, near]) await remove('alice', path)
    for (const path of [late, often, later]) await remove('bob', path)
  })

  test('accepts a series without end, and books it further as its window moves on; what ends is booked to its end', async () => {
    const endless = await book('alice', 'endless', at(3, 9), [room], { rrule: 'FREQ=WEEKLY' })
    const ending = await book('bob', 'ending', at(4, 9), [room], { rrule: 'FREQ=WEEKLY;COUNT=7' })
    assert.deepEqual([await answersOf('alice', endless), await answersOf('bob', ending)], [['ACCEPTED'], ['ACCEPTED']])
    assert.deepEqual(await daysTaken(0, 60), [3, 4, 10, 11, 17, 18, 24, 25, 31, 32, 38, 39])
    await openWindow(45)
    await isTaken(73)
    await isTaken(46)
    assert.deepEqual(await daysTaken(40, 80), [45, 46, 52, 59, 66, 73])
    await pool.query(extendJob)
    await eventually(async () => {
      const rows = await database.selectFrom('calendar_booking_series').select(['uid', 'held_until']).execute()
      assert.deepEqual(rows, [{ uid: 'endless', held_until: null }])
    })
    await remove('alice', endless)
    await remove('bob', ending)
    assert.deepEqual(await daysTaken(0, 80), [])
    assert.deepEqual(await database.selectFrom('calendar_booking_series').select('uid').execute(), [])
    await openWindow(10)
  })

  test('leaves nothing booked of an event that is changed or deleted just while it is booked further', async () => {
    const { transact } = calendar.app.app.platform
    const changes = {
      changed: (tx: Tx, place: BookingPlace) => bookingStore.settle(tx, place, newId()),
      deleted: (tx: Tx, { ownerId, calendar: name, object }: BookingPlace) =>
        bookingStore.removeObjects(tx, ownerId, name, [object]),
    }
    for (const [name, change] of Object.entries(changes)) {
      const path = await book('alice', name, at(3, 9), [room], { rrule: 'FREQ=WEEKLY' })
      const row = await database
        .selectFrom('calendar_booking_series')
        .select(['owner_id', 'calendar', 'object'])
        .where('uid', '=', name)
        .executeTakeFirstOrThrow()
      const place = { ownerId: row.owner_id, calendar: row.calendar, object: row.object }
      const [isRead, mayBook] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const extending = transact(async (tx) => {
        const series = await bookingStore.series(tx, place, made.id)
        isRead.resolve()
        await mayBook.promise
        const spans = [{ start: Date.parse('2040-01-01T09:00Z'), end: Date.parse('2040-01-01T10:00Z') }]
        if (series) await bookingStore.add(tx, place, { ...series, uid: name, spans })
      })
      await isRead.promise
      let isOver = false
      const changing = transact((tx) => change(tx, place)).then(() => {
        isOver = true
      })
      await eventually(async () => {
        const { rows } = await pool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        assert.ok(isOver || rows.length > 0)
      })
      mayBook.resolve()
      await Promise.all([extending, changing])
      const left = await database.selectFrom('calendar_booking').select('starts_at').where('uid', '=', name).execute()
      assert.deepEqual(left, [], name)
      await remove('alice', path)
    }
  })

  test('books nothing further by what an event said before it was changed', async () => {
    const path = await book('alice', 'stale', at(3, 9), [room], { rrule: 'FREQ=WEEKLY' })
    const { transact } = calendar.app.app.platform
    const row = await database
      .selectFrom('calendar_booking_series')
      .innerJoin('calendar_object', (join) =>
        join
          .onRef('calendar_object.owner_id', '=', 'calendar_booking_series.owner_id')
          .onRef('calendar_object.name', '=', 'calendar_booking_series.object'),
      )
      .select(['calendar_booking_series.owner_id', 'calendar_booking_series.calendar', 'object', 'content'])
      .where('calendar_booking_series.uid', '=', 'stale')
      .executeTakeFirstOrThrow()
    const place = { ownerId: row.owner_id, calendar: row.calendar, object: row.object }
    const versions = await bookingStore.versionsOf(database, place)
    await call('alice', 'PUT', `/events${path}`, { summary: 'stale', start: at(4, 14), end: at(4, 15) })
    const booked = () =>
      database
        .selectFrom('calendar_booking')
        .select('starts_at')
        .where('uid', '=', 'stale')
        .orderBy('starts_at')
        .execute()
    const before = await booked()
    const ownAddresses = { ofOwner: async () => ['alice@example.com'] } as never
    const bookings = createBookings({ database, transact, ownAddresses, now: Date.now })
    const open = {
      ownerId: row.owner_id,
      calendar: { name: row.calendar, access: 'owner' as const, belongs_to: 'alice' },
    }
    await bookings.extend(open, row.object, { object: readObject(row.content), versions })
    assert.deepEqual(await booked(), before)
    await remove('alice', path)
  })

  test('declines the one occurrence for which somebody was faster, accepts it once that is free, and keeps the rest', async () => {
    const series = await book('alice', 'standing', at(3, 9), [room], { rrule: 'FREQ=WEEKLY' })
    // Nobody books the series further until bob has been there.
    await database
      .updateTable('calendar_booking_series')
      .set({ next_look_at: new Date(Date.now() + 3_600_000) })
      .execute()
    await openWindow(60)
    const faster = await book('bob', 'faster', at(45, 9), [room])
    assert.deepEqual(await answersOf('bob', faster), ['ACCEPTED'])
    await database.updateTable('calendar_booking_series').set({ next_look_at: new Date() }).execute()
    await Promise.all([pool.query(extendJob), pool.query(extendJob)])
    await isTaken(87)
    const declined = `?recurrence_id=${at(45, 9)}`
    await eventually(async () => assert.equal((await firstOf('alice', series, declined)).status, 'DECLINED'))
    assert.equal((await firstOf('alice', series, declined)).reason, 'taken')
    assert.deepEqual(await answersOf('alice', series), ['ACCEPTED'])
    assert.equal((await firstOf('alice', series, `?recurrence_id=${at(52, 9)}`)).status, 'ACCEPTED')
    assert.deepEqual(await daysTaken(40, 95), [45, 52, 59, 66, 73, 80, 87])
    await call('alice', 'PUT', `/events${series}`, { summary: 'Still', start: at(3, 9), end: at(3, 10) })
    assert.deepEqual(await answersOf('alice', series), ['ACCEPTED'], 'another title does not lose the series its room')
    await remove('bob', faster)
    await call('alice', 'PUT', `/events${series}`, { summary: 'Again', start: at(3, 9), end: at(3, 10) })
    assert.equal((await firstOf('alice', series, declined)).status, 'ACCEPTED')
    assert.deepEqual(await taken('carol', room, 45), [at(45, 9)])
    await remove('alice', series)
    await openWindow(10)
  })

  test('leaves an occurrence alone that was moved beyond the window, until the window is there', async () => {
    const series = await book('alice', 'moved', at(3, 9), [room], { rrule: 'FREQ=WEEKLY;COUNT=3' })
    const occurrence = `/events${series}?scope=this&recurrence_id=${at(10, 9)}`
    await call('alice', 'PUT', occurrence, { summary: 'Later', start: at(70, 9), end: at(70, 10) })
    assert.deepEqual(await answersOf('alice', series), ['ACCEPTED'])
    assert.deepEqual(await daysTaken(0, 80), [3, 17])
    await openWindow(60)
    await isTaken(70)
    await remove('alice', series)
    await openWindow(10)
  })

  test('declines the whole of a series whose organizer may not book it any more when it is to be booked further', async () => {
    const series = await book('alice', 'revoked', at(3, 9), [room], { rrule: 'FREQ=WEEKLY' })
    const body = { kind: 'room', name: 'Orangery', groups: ['sales'], booking_days: 60 }
    await admin.expect(200, 'PUT', `/resources/${made.id}`, { body })
    await eventually(async () => assert.deepEqual(await answersOf('alice', series), ['DECLINED']))
    await openWindow(10)
    assert.deepEqual(await daysTaken(0, 60), [])
    await remove('alice', series)
  })

  test('never has two at a time, whatever series and single events are booked while it is booked further', async () => {
    const rules = ['FREQ=DAILY;INTERVAL=3', 'FREQ=WEEKLY', 'FREQ=MONTHLY', 'FREQ=DAILY;INTERVAL=5;COUNT=9']
    const users = ['alice', 'bob', 'carol']
    await Promise.all(
      rules.map((rrule, index) => book(users[index % 3] ?? '', `mix-${index}`, at(3 + index, 9), [room], { rrule })),
    )
    await openWindow(40)
    const singles = Array.from({ length: 12 }, (_, index) => index)
    await Promise.all([
      ...singles.map((index) => book(users[index % 3] ?? '', `one-${index}`, at(20 + index, 9), [room])),
      pool.query(extendJob),
      pool.query(extendJob),
    ])
    await openWindow(90)
    await eventually(async () => {
      const { rows } = await pool.query(
        `select uid from calendar_booking_series where booked_until < now() + interval '90 days'`,
      )
      assert.deepEqual(rows, [])
    })
    const { rows } = await pool.query(
      `select a.uid, b.uid, a.starts_at from calendar_booking a join calendar_booking b on a.resource_id = b.resource_id
       and a.id < b.id and a.starts_at < b.ends_at and b.starts_at < a.ends_at`,
    )
    assert.deepEqual(rows, [])
  })
})
