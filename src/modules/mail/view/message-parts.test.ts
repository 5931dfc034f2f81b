import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyText } from '../../../../test/fixtures/any-text.ts'
import { fc } from '../../../../test/harness/properties.ts'
import type { MessagePart } from '../sync/body-parts.ts'
import { fileNames } from './attachment-archives.ts'
import { readCalendarPart } from './calendar-part.ts'
import { headerFields } from './header-fields.ts'
import { listUnsubscribeOf } from './list-unsubscribe.ts'
import { securityOf } from './secured-parts.ts'

const ways = (...fields: string[]) => listUnsubscribeOf(headerFields(fields.join('\r\n')))
const post = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'

test('ways to leave a list are read as RFC 2369 and RFC 8058 have them', () => {
  assert.deepEqual(
    ways('List-Unsubscribe: <mailto:leave@list.test?subject=off%20now>,\r\n <https://list.test/u?a=1&b=\r\n 2>', post),
    {
      oneClick: 'https://list.test/u?a=1&b=2',
      mailto: { to: 'leave@list.test', subject: 'off now', body: 'unsubscribe' },
      url: 'https://list.test/u?a=1&b=2',
    },
  )
  assert.equal(ways('List-Unsubscribe: <http://list.test/u>', post)?.oneClick, undefined)
  assert.equal(ways('List-Unsubscribe: <https://list.test/u>')?.oneClick, undefined)
  assert.equal(ways('List-Unsubscribe: <https://list.test/u>', 'List-Unsubscribe-Post: Yes')?.oneClick, undefined)
  assert.equal(ways('List-Unsubscribe: NO')?.url, undefined)
  assert.equal(ways('List-Id: <x>'), undefined)
})

test('an address of a list cannot add recipients, headers or schemes', () => {
  const mailto = (address: string) => ways(`List-Unsubscribe: <${address}>`)?.mailto
  assert.deepEqual(
    mailto('mailto:a@list.test?cc=b@evil.test&bcc=c@evil.test&to=d@evil.test&subject=x%0d%0aBcc:%20e@evil.test'),
    {
      to: 'a@list.test',
      subject: 'x Bcc: e@evil.test',
      body: 'unsubscribe',
    },
  )
  for (const address of [
    'mailto:a@list.test,b@evil.test',
    'mailto:',
    'mailto:a',
    'mailto:a%0d%0ab@x.test',
    'mailto:%3Ca@x.test%3E',
    'javascript:x',
    'ftp://x',
  ]) {
    assert.equal(ways(`List-Unsubscribe: <${address}>`), undefined, address)
  }
  fc.assert(
    fc.property(anyText(), (text) => void ways(`List-Unsubscribe: ${text}`, `List-Unsubscribe: <mailto:${text}>`)),
    { numRuns: 200 },
  )
})

const invitation = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:x',
  'METHOD:REQUEST',
  'BEGIN:VTIMEZONE',
  'TZID:W. Europe Standard Time',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010101T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
  'BEGIN:VEVENT',
  'UID:e1',
  'SEQUENCE:2',
  'SUMMARY:Team\\, weekly',
  'LOCATION:Paris',
  'STATUS:CONFIRMED',
  'DTSTART;TZID=W. Europe Standard Time:20260701T100000',
  'DURATION:PT1H30M',
  'RRULE:FREQ=WEEKLY',
  'ORGANIZER;CN=Ann:mailto:ann@example.test',
  'ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:MAILTO:bob@example.test',
  'ATTENDEE:mailto:eve@example.test',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n')

test('an invitation is read with its times in UTC, by the zone that it defines', () => {
  assert.deepEqual(readCalendarPart('2', invitation), {
    part: '2',
    method: 'REQUEST',
    events: [
      {
        uid: 'e1',
        sequence: 2,
        summary: 'Team, weekly',
        description: '',
        location: 'Paris',
        status: 'CONFIRMED',
        start: '2026-07-01T08:00:00.000Z',
        end: '2026-07-01T09:30:00.000Z',
        is_all_day: false,
        time_zone: 'W. Europe Standard Time',
        recurrence_rule: 'FREQ=WEEKLY',
        recurrence_id: null,
        organizer: { name: 'Ann', email: 'ann@example.test' },
        attendees: [
          { name: 'Bob', email: 'bob@example.test', status: 'ACCEPTED' },
          { name: '', email: 'eve@example.test', status: 'NEEDS-ACTION' },
        ],
      },
    ],
  })
})

test('whole days, known zones, floating times and UTC are told apart', () => {
  const times = (start: string, end = '') => {
    const event = readCalendarPart(
      '1',
      `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\n${start}\r\n${end}END:VEVENT\r\nEND:VCALENDAR\r\n`,
    )?.events[0]
    return [event?.start, event?.end, event?.is_all_day]
  }
  assert.deepEqual(times('DTSTART;VALUE=DATE:20260301'), ['2026-03-01', '2026-03-02', true])
  assert.deepEqual(times('DTSTART:20260301T100000Z', 'DTEND:20260301T110000Z\r\n'), [
    '2026-03-01T10:00:00.000Z',
    '2026-03-01T11:00:00.000Z',
    false,
  ])
  assert.deepEqual(times('DTSTART:20260301T100000'), ['2026-03-01T10:00:00', null, false])
  assert.deepEqual(times('DTSTART;TZID=America/New_York:20260301T100000'), ['2026-03-01T15:00:00.000Z', null, false])
  assert.deepEqual(times('DTSTART;TZID=Nowhere:20260301T100000'), ['2026-03-01T10:00:00', null, false])
})

test('what is no calendar is none, and nothing in one does harm', () => {
  for (const text of ['', 'x', 'BEGIN:VCARD\r\nEND:VCARD\r\n', 'BEGIN:VCALENDAR', 'BEGIN:VEVENT\r\nEND:VEVENT'])
    assert.equal(readCalendarPart('1', text), null)
  const lines = invitation.split('\r\n')
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...lines), fc.string({ maxLength: 30 })), { maxLength: 40 }),
      (some) => {
        readCalendarPart('1', ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART:20260301T100000Z', ...some].join('\r\n'))
      },
    ),
    { numRuns: 200 },
  )
})

const leaf = (part: string, type: string, more: Partial<MessagePart> = {}): MessagePart => ({
  ...{ part, type, encoding: '7bit', charset: null, size: 10, disposition: null, filename: null, cid: null },
  ...more,
})

test('signed and encrypted messages are recognised, and where their data are', () => {
  const text = leaf('1', 'text/plain')
  assert.equal(securityOf([text], 'Hello'), null)
  assert.deepEqual(securityOf([leaf('1', 'application/pkcs7-mime', { smime: 'enveloped-data' })], null), {
    kind: 'smime',
    form: 'encrypted',
    parts: ['1'],
  })
  assert.equal(securityOf([leaf('1', 'application/x-pkcs7-mime', { smime: 'signed-data' })], null)?.form, 'signed')
  assert.equal(securityOf([leaf('1', 'application/octet-stream', { filename: 'smime.p7m' })], null)?.form, 'encrypted')
  assert.deepEqual(securityOf([text, leaf('2', 'application/pkcs7-signature')], ''), {
    kind: 'smime',
    form: 'signed',
    parts: ['2'],
  })
  const pgp = [leaf('1', 'application/pgp-encrypted'), leaf('2', 'application/octet-stream')]
  assert.deepEqual(securityOf(pgp, null), { kind: 'pgp', form: 'encrypted', parts: ['1', '2'] })
  assert.deepEqual(securityOf([text, leaf('2', 'application/pgp-signature')], ''), {
    kind: 'pgp',
    form: 'signed',
    parts: ['2'],
  })
  assert.deepEqual(securityOf([text], '-----BEGIN PGP MESSAGE-----\r\n\r\nx'), {
    kind: 'pgp',
    form: 'encrypted',
    parts: [],
  })
  assert.deepEqual(securityOf([text], 'a\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256'), {
    kind: 'pgp',
    form: 'signed',
    parts: [],
  })
})

test('files in a zip have names that lie beside each other on every system, each once', () => {
  const name = fc.oneof(
    fc.constantFrom('a.txt', 'A.TXT', '../x', '..', 'CON', 'nul.txt', ' .b. ', 'é', 'e\u0301', null),
    anyText(300),
  )
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (names) => {
      const given = fileNames(names.map((filename, at) => ({ filename, id: `${at + 1}` }))).map(([shown]) => shown)
      assert.equal(new Set(given.map((one) => one.normalize('NFC').toLowerCase())).size, names.length)
      for (const one of given) {
        assert.doesNotMatch(one, /[/\\:<>"|?*\p{Cc}\p{Cf}]|^[.\s]|[.\s]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu)
        assert(one.length > 0 && one.length < 200 && one.isWellFormed())
      }
    }),
    { numRuns: 300 },
  )
})
