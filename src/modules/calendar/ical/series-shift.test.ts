import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type CalendarObject, formatObject, readObject } from './calendar-object.ts'
import { eventsOf } from './event-fields.ts'
import type { WantedEvent } from './event-writing.ts'
import { formatBasic } from './ical-time.ts'
import { expand } from './recurrence.ts'
import { asOfSeries, editAll, keyOf } from './series-edits.ts'

const at = (name: string, value: string) =>
  value.length === 8 ? `${name};VALUE=DATE:${value}` : `${name};TZID=Europe/Paris:${value}`

type Series = { start: string; end: string; more?: string[]; overrides?: string[][] }

/** A series in Paris, with the lines of its changed occurrences. */
function seriesOf({ start, end, more = [], overrides = [] }: Series): CalendarObject {
  const event = (lines: string[]) => ['BEGIN:VEVENT', 'UID:s', 'SUMMARY:S', 'SEQUENCE:0', ...lines, 'END:VEVENT']
  const guest = 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com'
  const organizer = 'ORGANIZER:mailto:alice@example.com'
  return readObject(
    [
      ...[
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        ...event([at('DTSTART', start), at('DTEND', end), organizer, guest, ...more]),
      ],
      ...[...overrides.flatMap((lines) => event([...lines, organizer, guest])), 'END:VCALENDAR', ''],
    ].join('\r\n'),
  )
}

/** Changes all of a series as somebody does who looks at one occurrence. */
function editAt(object: CalendarObject, recurrenceId: string, wanted: WantedEvent): void {
  const ofSeries = asOfSeries(object, keyOf(object, recurrenceId) ?? '', wanted)
  assert.ok(ofSeries)
  editAll(object, ofSeries, { now: Date.UTC(2026, 0, 1), isOrganizer: true })
}

/** When it takes place, on the wall: `start/end`, those that were changed too. */
function timesIn(object: CalendarObject, days = 60): string[] {
  const [master, ...changed] = eventsOf(readObject(formatObject(object)))
  assert.ok(master?.recurrence)
  const { startsAt } = master.times
  const length = master.times.end.wall - master.times.start.wall
  const found = [...expand(master.recurrence, { from: startsAt - 1, to: startsAt + days * 86_400_000 })].map(
    ({ start }) =>
      `${formatBasic({ ...start, zone: null })}/${formatBasic({ ...start, zone: null, wall: start.wall + length })}`,
  )
  const others = changed.map(({ fields }) => `${fields.start}/${fields.end}`)
  return [...found, ...others].toSorted()
}

const weekly = { start: '20270308T100000', end: '20270308T110000' }

suite('a series that is moved as a whole', () => {
  test('moves as far as the occurrence that somebody looked at, over a change of the clocks, and not at all with it', () => {
    const object = seriesOf({ ...weekly, more: ['RRULE:FREQ=WEEKLY;COUNT=4'] })
    editAt(object, '20270329T080000Z', { summary: 'New', start: '20270329T100000', end: '20270329T110000' })
    const hours = (hour: string, end: string) =>
      ['20270308', '20270315', '20270322', '20270329'].map((day) => `${day}T${hour}/${day}T${end}`)
    assert.deepEqual(timesIn(object), hours('100000', '110000'))
    editAt(object, '20270329T080000Z', { start: '20270329T113000', end: '20270329T133000' })
    assert.deepEqual(timesIn(object), hours('113000', '133000'))
    editAt(object, '20270329T093000Z', { start: '20270329T080000Z', end: '20270329T090000Z', timezone: 'Europe/Paris' })
    assert.deepEqual(timesIn(object), hours('100000', '110000'))
    assert.equal(
      asOfSeries(object, '20270330T080000Z', { start: '20270330T100000', end: '20270330T110000' }),
      undefined,
    )
  })

  test('takes its left out, further and changed occurrences along; their guests are asked again', () => {
    const more = [
      'RRULE:FREQ=WEEKLY;UNTIL=20270405T080000Z',
      at('EXDATE', '20270315T100000'),
      at('RDATE', '20270310T100000'),
    ]
    const renamed = [
      at('RECURRENCE-ID', '20270322T100000'),
      at('DTSTART', '20270322T100000'),
      at('DTEND', '20270322T110000'),
    ]
    const moved = [
      at('RECURRENCE-ID', '20270329T100000'),
      at('DTSTART', '20270330T150000'),
      at('DTEND', '20270330T180000'),
    ]
    const object = seriesOf({ ...weekly, more, overrides: [renamed, moved] })
    editAt(object, '20270405T080000Z', { start: '20270405T120000', end: '20270405T123000' })
    assert.deepEqual(timesIn(object), [
      ...['20270308T120000/20270308T123000', '20270310T120000/20270310T123000', '20270322T120000/20270322T123000'],
      ...['20270330T170000/20270330T200000', '20270405T120000/20270405T123000'],
    ])
    const answers = eventsOf(object).flatMap(({ fields }) => fields.attendees.map(({ status }) => status))
    assert.deepEqual(answers, ['NEEDS-ACTION', 'NEEDS-ACTION', 'NEEDS-ACTION'])
    assert.deepEqual(
      eventsOf(object).map(({ fields }) => fields.sequence),
      [1, 1, 1],
    )
  })

  test('goes on to other days of the week, of the month and of the year', () => {
    const ruleAfter = (start: string, rrule: string, to: string): string | null | undefined => {
      const object = seriesOf({ start, end: start, more: [`RRULE:${rrule}`] })
      editAll(object, { start: to, end: to }, { now: 0, isOrganizer: true })
      return eventsOf(object)[0]?.fields.rrule
    }
    const table = [
      ['20270308T100000', 'FREQ=WEEKLY;BYDAY=MO,WE', '20270309T100000', 'FREQ=WEEKLY;BYDAY=TU,TH'],
      [
        '20270308T100000',
        'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE',
        '20270313T100000',
        'FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,MO;WKST=SA',
      ],
      ['20270308T100000', 'FREQ=MONTHLY;BYMONTHDAY=8', '20270310T100000', 'FREQ=MONTHLY;BYMONTHDAY=10'],
      ['20270308T100000', 'FREQ=MONTHLY;BYMONTHDAY=8,20', '20270310T100000', 'FREQ=MONTHLY;BYMONTHDAY=8,20'],
      ['20270308T100000', 'FREQ=MONTHLY;BYDAY=2MO', '20270316T100000', 'FREQ=MONTHLY;BYDAY=3TU'],
      ['20270329T100000', 'FREQ=MONTHLY;BYDAY=-1MO', '20270330T100000', 'FREQ=MONTHLY;BYDAY=-1TU'],
      [
        '20270308T100000',
        'FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8',
        '20270402T100000',
        'FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=2',
      ],
      ['20270308T100000', 'FREQ=WEEKLY;BYDAY=MO', '20270308T120000', 'FREQ=WEEKLY;BYDAY=MO'],
    ] as const
    for (const [start, rule, to, expected] of table) assert.equal(ruleAfter(start, rule, to), expected, rule)
  })

  test('says of its rule what whoever moves it says', () => {
    const object = seriesOf({
      ...weekly,
      more: ['RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3', at('EXDATE', '20270315T100000')],
    })
    const wanted = { start: '20270309T100000', end: '20270309T110000', rrule: 'FREQ=DAILY;COUNT=2', exdates: [] }
    editAll(object, wanted, { now: 0, isOrganizer: true })
    assert.deepEqual(timesIn(object), ['20270309T100000/20270309T110000', '20270310T100000/20270310T110000'])
  })

  test('keeps what was left out and changed when it goes to another zone, or becomes one of whole days', () => {
    const renamed = [
      at('RECURRENCE-ID', '20270322T100000'),
      at('DTSTART', '20270322T100000'),
      at('DTEND', '20270322T110000'),
    ]
    const more = ['RRULE:FREQ=WEEKLY;UNTIL=20270405T080000Z', at('EXDATE', '20270315T100000')]
    const zoned = seriesOf({ ...weekly, more, overrides: [renamed] })
    editAll(
      zoned,
      { start: weekly.start, end: weekly.end, timezone: 'America/New_York' },
      { now: 0, isOrganizer: true },
    )
    const days = ['20270308', '20270322', '20270329', '20270405']
    assert.deepEqual(
      timesIn(zoned),
      days.map((day) => `${day}T100000/${day}T110000`),
    )
    const whole = seriesOf({ ...weekly, more, overrides: [renamed] })
    editAll(whole, { start: '20270309', end: '20270310' }, { now: 0, isOrganizer: true })
    assert.deepEqual(timesIn(whole), [
      ...['20270309/20270310', '20270323/20270324', '20270330/20270331', '20270406/20270407'],
    ])
  })
})
