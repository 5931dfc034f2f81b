import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dayMs, formatBasic, parseBasic } from '../ical/ical-time.ts'
import { expand, type Recurrence } from '../ical/recurrence.ts'
import { ianaZone, utc } from '../ical/zones.ts'
import { createOccurrenceMemory } from './occurrence-memory.ts'

const paris = ianaZone('Europe/Paris') ?? utc

function seriesOf(rule: string, { start = '20260105T090000', zone = 'Europe/Paris' as string | null, hours = 1 } = {}) {
  const begin = parseBasic(start) ?? { wall: 0, isDate: false, zone: null }
  const length = { ms: hours * 3_600_000, isNominal: false }
  const recurrence: Recurrence = {
    ...{ start, zone, zoneDefinition: null, length },
    rules: [rule],
    added: [],
    excluded: [],
  }
  const end = formatBasic({ ...begin, wall: begin.wall + length.ms })
  const times = { start, end, timezone: zone, end_timezone: null, is_floating: zone === null }
  return { recurrence, times: { ...times, recurrence: JSON.stringify(recurrence) } }
}

suite('remembered occurrences', () => {
  const series = [
    seriesOf('FREQ=DAILY;COUNT=200'),
    seriesOf('FREQ=WEEKLY;BYDAY=MO,WE', { hours: 0 }),
    seriesOf('FREQ=MONTHLY', { hours: 24 * 50 }),
    seriesOf('FREQ=DAILY;INTERVAL=3', { start: '20260105', zone: null, hours: 24 }),
  ]

  for (const maxOccurrences of [100_000, 10]) {
    test(`are those of the rule, whatever was asked before, with room for ${maxOccurrences}`, () => {
      const memory = createOccurrenceMemory({ maxOccurrences })
      for (let day = 0; day < 400; day += 7) {
        for (const length of [1, 31, 90]) {
          const from = Date.UTC(2026, 0, 1) + day * dayMs
          const range = { from, to: from + length * dayMs }
          for (const { recurrence, times } of series) {
            for (const zone of [utc, paris]) {
              const expected = [...expand(recurrence, { ...range, floating: zone })]
              const found = memory.between(times, { ...range, zone })
              assert.deepEqual(
                found.map(({ key, startsAt, endsAt }) => ({ key, startsAt, endsAt })),
                expected.map(({ key, startsAt, endsAt }) => ({ key, startsAt, endsAt })),
              )
            }
          }
        }
      }
    })
  }

  test('of a rule that takes place each second are no more than one each twenty minutes', () => {
    const { times } = seriesOf('FREQ=SECONDLY')
    const range = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 2, 1), zone: utc }
    assert.ok(createOccurrenceMemory().between(times, range).length <= 2 * 2304)
  })

  test('bear their times in the words of the API', () => {
    const [one] = createOccurrenceMemory().between(seriesOf('FREQ=YEARLY').times, {
      ...{ from: Date.UTC(2027, 0, 1), to: Date.UTC(2027, 0, 31), zone: utc },
    })
    assert.deepEqual(JSON.parse(`{${one?.times}}`), {
      ...{ start: '20270105T090000', end: '20270105T100000', recurrence_id: '20270105T080000Z' },
      ...{ starts_at: '2027-01-05T08:00:00.000Z', ends_at: '2027-01-05T09:00:00.000Z' },
    })
  })
})
