import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import { createEvents } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import type { Recurrence } from '../ical/recurrence.ts'
import { ianaZone, utc } from '../ical/zones.ts'
import { cachedObject } from '../mirror/cached-object.ts'
import { calendarStore } from '../mirror/calendar-store.ts'
import { objectStore } from '../mirror/object-store.ts'
import { nextReminder } from './next-reminder.ts'
import { createReminders } from './reminders.ts'

const at = (text: string): number => Date.parse(`${text}:00Z`)
const alarm = (trigger: string, related: 'start' | 'end' = 'start') => ({ action: 'DISPLAY', trigger, related })
const event = (alarms: ReturnType<typeof alarm>[], recurrence: Recurrence | null = null) => ({
  ...{ startsAt: at('2027-03-08T09:00'), endsAt: at('2027-03-08T10:00'), isFloating: false, recurrence },
  fields: { alarms, status: 'CONFIRMED', timezone: null },
})
const zoneOf = (name: string) => ianaZone(name) ?? assert.fail(name)

suite('reminders', () => {
  test('the next alarm is the first to come, before or after the start or the end, or at a moment', () => {
    const next = (alarms: ReturnType<typeof alarm>[], after: string) => {
      const found = nextReminder(event(alarms), at(after), utc)
      return found && new Date(found.dueAt).toISOString().slice(0, 16)
    }
    const both = [alarm('-PT15M'), alarm('-P1D')]
    assert.equal(next(both, '2027-03-01T00:00'), '2027-03-07T09:00')
    assert.equal(next(both, '2027-03-08T00:00'), '2027-03-08T08:45')
    assert.equal(next(both, '2027-03-08T08:45'), undefined)
    assert.equal(next([alarm('PT5M', 'end')], '2027-03-08T00:00'), '2027-03-08T10:05')
    assert.equal(next([alarm('20270305T120000Z')], '2027-03-01T00:00'), '2027-03-05T12:00')
    assert.equal(next([alarm('nonsense')], '2027-03-01T00:00'), undefined)
  })

  test('that of a series is the one of its next occurrence', () => {
    const daily: Recurrence = {
      ...{ start: '20270308T090000', zone: 'Europe/Paris', zoneDefinition: null, length: { ms: 0, isNominal: false } },
      ...{ rules: ['FREQ=DAILY'], added: [], excluded: ['20270328T070000Z'] },
    }
    const found = nextReminder(event([alarm('-PT15M')], daily), at('2027-03-27T12:00'), utc)
    assert.deepEqual(
      [found?.occurrence, new Date(found?.dueAt ?? 0).toISOString()],
      ['20270329T070000Z', '2027-03-29T06:45:00.000Z'],
    )
  })

  test('that of a series which takes place every few years, or begins in some, is kept until then', () => {
    const rare: Recurrence = {
      ...{ start: '20270308T090000', zone: 'Europe/Paris', zoneDefinition: null, length: { ms: 0, isNominal: false } },
      ...{ rules: ['FREQ=YEARLY;INTERVAL=4'], added: [], excluded: [] },
    }
    const next = (after: string) => nextReminder(event([alarm('-PT15M')], rare), at(after), utc)?.occurrence
    assert.deepEqual([next('2020-01-01T00:00'), next('2027-04-01T00:00')], ['20270308T080000Z', '20310308T080000Z'])
    const never = { ...rare, rules: ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'] }
    assert.equal(nextReminder(event([alarm('-PT15M')], never), at('2028-01-01T00:00'), utc), undefined)
  })

  test('that of a whole day goes off by the clock of who is reminded, whatever is done to it meanwhile', () => {
    const next = (
      alarms: ReturnType<typeof alarm>[],
      zone: string,
      after: string,
      recurrence: Recurrence | null = null,
    ) => {
      const [startsAt, endsAt] = [at('2027-03-29T00:00'), at('2027-03-30T00:00')]
      const day = { ...event(alarms, recurrence), startsAt, endsAt, isFloating: true }
      const found = nextReminder(day, at(after), zoneOf(zone))
      return found && [new Date(found.dueAt).toISOString().slice(0, 16), found.isFloating]
    }
    const before = '2027-03-01T00:00'
    assert.deepEqual(next([alarm('-PT9H')], 'Europe/Paris', before), ['2027-03-28T13:00', true])
    assert.deepEqual(next([alarm('-PT9H')], 'Asia/Tokyo', before), ['2027-03-28T06:00', true])
    assert.deepEqual(next([alarm('-PT0S')], 'America/New_York', '2027-03-29T03:00'), ['2027-03-29T04:00', true])
    assert.equal(next([alarm('-PT0S')], 'Europe/Paris', '2027-03-28T23:00'), undefined)
    assert.deepEqual(next([alarm('20270328T120000Z')], 'Europe/Paris', before), ['2027-03-28T12:00', false])
    const yearly: Recurrence = {
      ...{ start: '20260329', zone: null, zoneDefinition: null, length: { ms: 86_400_000, isNominal: true } },
      ...{ rules: ['FREQ=YEARLY'], added: [], excluded: [] },
    }
    assert.deepEqual(next([alarm('-PT0S')], 'Europe/Paris', before, yearly), ['2027-03-28T22:00', true])
  })

  test('a day before is the same time on the clock the day before, over a change of the clocks', () => {
    const monday = {
      ...event([alarm('-P1D')]),
      ...{ startsAt: at('2027-03-29T07:00'), endsAt: at('2027-03-29T08:00') },
      fields: { alarms: [alarm('-P2D')], status: 'CONFIRMED', timezone: 'Europe/Paris' },
    }
    const found = nextReminder(monday, at('2027-03-01T00:00'), utc)
    assert.equal(new Date(found?.dueAt ?? 0).toISOString().slice(0, 16), '2027-03-27T08:00')
  })

  test('what is due is told of once, by whichever node comes first, and the next one is set', async () => {
    const { database, transact, close } = await openTestDatabase()
    const ownerId = newId()
    await database.insertInto('principal').values({ id: ownerId, issuer: 'i', subject: 'alice' }).execute()
    await calendarStore.saveHome(database, ownerId, 'alice')
    const calendar = { name: 'work', displayName: 'Work', description: '', color: null, sortOrder: 0, isVisible: true }
    const start = new Date(Date.now() + 3_600_000).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
    const content = [
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'UID:soon',
      'SUMMARY:Soon',
      `DTSTART:${start}`,
      'RRULE:FREQ=DAILY',
      'BEGIN:VALARM',
    ]
      .concat('ACTION:DISPLAY', 'TRIGGER:-PT1M', 'END:VALARM', 'END:VEVENT', 'END:VCALENDAR')
      .join('\r\n')
    await transact(async (tx) => {
      await calendarStore.save(tx, ownerId, {
        ...calendar,
        access: 'owner',
        belongsTo: 'alice',
        shares: [],
        ctag: null,
      })
      await objectStore.save(tx, ownerId, 'work', [cachedObject({ name: 'soon.ics', etag: '"1"', content })])
    })
    // As if its time had come.
    await database
      .updateTable('calendar_reminder')
      .set({ due_at: new Date(Date.now() - 1000) })
      .execute()
    const events = createEvents(database, () => undefined)
    const noMail = () => assert.fail('no mail is wanted')
    const sweep = createReminders({
      database,
      transact,
      events,
      log: pino({ level: 'silent' }),
      mail: noMail as never,
      now: Date.now,
    })
    await Promise.all([sweep.run(), sweep.run(), sweep.run()])
    const told = await events.readAfter(ownerId, 0, 10)
    assert.deepEqual(
      told.map(({ type }) => type),
      ['calendar.reminder_due'],
    )
    const [first] = told
    assert.equal((first?.data as { path: string } | undefined)?.path, '/remote.php/dav/calendars/alice/work/soon.ics')
    const [next] = await database.selectFrom('calendar_reminder').select('due_at').execute()
    assert.ok(next && next.due_at.getTime() > Date.now() - 1000)
    await close()
  })
})
