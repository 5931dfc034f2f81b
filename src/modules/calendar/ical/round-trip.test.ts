import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { oddCalendars } from '../../../../test/fixtures/odd-calendars.ts'
import { fc } from '../../../../test/harness/properties.ts'
import { formatObject, readObject } from './calendar-object.ts'
import {
  type Component,
  escapeText,
  formatComponents,
  parseComponents,
  property,
  unescapeText,
} from './content-lines.ts'
import { eventsOf } from './event-fields.ts'
import { zonesOf } from './object-zones.ts'
import { editAll, editOne } from './series-edits.ts'
import { timezoneComponent } from './vtimezone.ts'
import { ianaZone } from './zones.ts'

const options = { now: Date.UTC(2026, 4, 23), isOrganizer: true }

const linesOf = (component: Component): string[] => [
  ...component.properties.map(({ line }) => `${component.name} ${line}`),
  ...component.components.flatMap(linesOf),
]

/** What our own changes touch, and nothing else. */
const ours = /^VEVENT (SUMMARY|DTSTAMP|LAST-MODIFIED|SEQUENCE|CREATED)[:;]/

suite('what other programs wrote', () => {
  for (const [name, text] of Object.entries(oddCalendars)) {
    test(`${name}: is read, and written as it came`, () => {
      const object = readObject(text)
      assert.ok(object.uid !== '' && eventsOf(object).length > 0)
      const again = readObject(formatObject(object))
      assert.deepEqual(linesOf(again.calendar).toSorted(), linesOf(object.calendar).toSorted())
    })

    test(`${name}: a change of its title leaves all else as it is`, () => {
      const object = readObject(text)
      const before = linesOf(object.calendar).filter((line) => !ours.test(line))
      const [{ fields }] = eventsOf(object) as [ReturnType<typeof eventsOf>[number]]
      const { start, end, timezone } = fields
      editAll(object, { summary: 'Another title', start, end, timezone }, options)
      const after = linesOf(readObject(formatObject(object)).calendar).filter((line) => !ours.test(line))
      assert.deepEqual(after.toSorted(), before.toSorted())
    })

    test(`${name}: sending back what was read changes nothing but stamps`, () => {
      const object = readObject(text)
      const before = linesOf(object.calendar).filter((line) => !ours.test(line))
      const [{ fields }] = eventsOf(object) as [ReturnType<typeof eventsOf>[number]]
      const { uid: _uid, is_all_day: _day, organizer_name: _name, recurrence_id: _id, ...wanted } = fields
      const {
        sequence: _sequence,
        created_at: _created,
        updated_at: _updated,
        status,
        transparency,
        visibility,
        ...rest
      } = wanted
      editAll(object, rest, options)
      const after = linesOf(readObject(formatObject(object)).calendar).filter((line) => !ours.test(line))
      assert.deepEqual(after.toSorted(), before.toSorted())
      assert.ok(status && transparency && visibility)
    })
  }

  test('a zone that only the file defines, or calls as Windows does, is the one that is meant', () => {
    const startOf = (name: keyof typeof oddCalendars) => {
      const [event] = eventsOf(readObject(oddCalendars[name]))
      return [new Date(event?.times.startsAt ?? 0).toISOString(), event?.fields.timezone]
    }
    assert.deepEqual(startOf('outlook'), ['2026-07-06T07:00:00.000Z', 'Europe/Berlin'])
    assert.deepEqual(startOf('own zone'), ['2026-07-06T07:00:00.000Z', 'Customized Time Zone'])
    assert.deepEqual(startOf('evolution'), ['2026-07-06T07:00:00.000Z', 'Europe/Paris'])
  })

  test('a changed occurrence keeps what its series says that nobody here knows', () => {
    const object = readObject(oddCalendars.apple)
    assert.equal(
      editOne(
        object,
        '20260713T070000Z',
        { summary: 'Moved', start: '20260714T090000', end: '20260714T100000' },
        options,
      ),
      true,
    )
    const written = formatObject(object)
    assert.equal(written.match(/X-APPLE-STRUCTURED-LOCATION/g)?.length, 2)
    assert.match(written, /RECURRENCE-ID;TZID=Europe\/Paris:20260713T090000/)
  })

  test('any text survives being written and read', () => {
    const anything = fc.string({ unit: 'grapheme', maxLength: 300 })
    fc.assert(
      fc.property(anything, anything, (text, parameter) => {
        const lines = text.replaceAll(/\r\n?/g, '\n')
        assert.equal(unescapeText(escapeText(lines)), lines)
        const value = parameter.replaceAll(/\p{Cc}/gu, ' ')
        const component = {
          name: 'VEVENT',
          components: [],
          properties: [property('X-A', escapeText(lines), { CN: value })],
        }
        const [read] = parseComponents(formatComponents([component]))
        assert.equal(unescapeText(read?.properties[0]?.value ?? ''), lines)
        assert.deepEqual(read?.properties[0]?.params.CN, [value])
        for (const line of formatComponents([component]).split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line)
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  test('garbage is refused as garbage', () => {
    for (const text of [
      '',
      'x',
      'BEGIN:VCALENDAR',
      'BEGIN:VCALENDAR\nEND:VEVENT',
      'SUMMARY:x',
      'BEGIN:X\n'.repeat(99),
    ]) {
      assert.throws(() => readObject(text), SyntaxError, text)
    }
  })

  test('the zones that we write mean what the database says, also to those who have none', () => {
    for (const tzid of [
      'Europe/Paris',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'Africa/Casablanca',
    ]) {
      const from = Date.UTC(2026, 0, 1)
      // Under a name that nobody knows, so that the definition itself is read.
      const definition = timezoneComponent(tzid, from)
      const renamed = { ...definition, properties: [property('TZID', 'of the file')] }
      const read = zonesOf({ name: 'VCALENDAR', properties: [], components: [renamed] }).zoneOf('of the file')
      for (let day = 0; day < 2000; day += 3) {
        const wall = from + day * 86_400_000 + 12 * 3_600_000
        assert.equal(read?.instantOf(wall), ianaZone(tzid)?.instantOf(wall), `${tzid} ${new Date(wall).toISOString()}`)
      }
    }
  })
})
