import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createEvents } from '#platform/events/events.ts'
import { newId } from '#platform/ids.ts'
import { openTestDatabase } from '../../../../test/harness/open-database.ts'
import type { Recurrence } from '../ical/recurrence.ts'
import { cachedObject } from '../mirror/cached-object.ts'
import { calendarStore } from '../mirror/calendar-store.ts'
import { objectStore } from '../mirror/object-store.ts'
import { nextReminder } from './next-reminder.ts'
import { createReminders } from './reminders.ts'

const at = (text: string): number => Date.parse(`${text}:00Z`)
const alarm = (trigger: string, related: 'start' | 'end' = 'start') => ({ action: 'DISPLAY', trigger, related })
const event = (alarms: ReturnType<typeof alarm>[], recurrence: Recurrence | null = null) => ({
  ...{ startsAt: at('2027-03-08T09:00'), endsAt: at('2027-03-08T10:00'), recurrence },
  fields: { alarms, status: 'CONFIRMED' },
})

suite('reminders', () => {
  test('the next alarm is the first to come, before or after the start or the end, or at a moment', () => {
    const next = (alarms: ReturnType<typeof alarm>[], after: string) => {
      const found = nextReminder(event(alarms), at(after))
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
    const found = nextReminder(event([alarm('-PT15M')], daily), at('2027-03-27T12:00'))
    assert.deepEqual(
      [found?.occurrence, new Date(found?.dueAt ?? 0).toISOString()],
      ['20270329T070000Z', '2027-03-29T06:45:00.000Z'],
    )
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
    const sweep = createReminders({ database, transact, events, mail: noMail as never, now: Date.now })
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
