import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readMultistatus } from '../src/integrations/dav/multistatus.ts'
import { parseXml } from '../src/integrations/dav/xml.ts'
import { readVcard } from '../src/integrations/vcard/vcard-reader.ts'
import { readBusy } from '../src/modules/calendar/freebusy/busy-periods.ts'
import { readObject } from '../src/modules/calendar/ical/calendar-object.ts'
import { eventsOf } from '../src/modules/calendar/ical/event-fields.ts'
import { readCard } from '../src/modules/contacts/card/read-card.ts'
import { readDeliveryStatus } from '../src/modules/mail/reports/delivery-status.ts'
import { importSieve } from '../src/modules/mail/rules/sieve/sieve-import.ts'
import { SieveError } from '../src/modules/mail/rules/sieve/sieve-tokens.ts'
import { readLetter, subjectOf } from '../src/modules/mail/transfer/imported-letter.ts'
import { parseAuthenticationResults } from '../src/modules/mail/view/authentication-results.ts'
import { readCalendarPart } from '../src/modules/mail/view/calendar-part.ts'
import { readTnef } from '../src/modules/mail/view/tnef.ts'
import { readWishes } from '../src/modules/realtime/wishes.ts'
import { parseSearchQuery } from '../src/modules/search/query/search-query.ts'
import { mutantsOf } from './fixtures/mutations.ts'
import { nastyMail } from './fixtures/nasty-mail/nasty-mail.ts'
import { oddCalendars } from './fixtures/odd-calendars.ts'
import { tnefOf } from './fixtures/tnef.ts'

const seed = Number(process.env.ULTI_FUZZ_SEED ?? 1)
const count = Number(process.env.ULTI_FUZZ_MUTANTS ?? 60)
/** Of processor time, so that a busy machine does not count: a reader that is quadratic over 64 KB takes longer. */
const mostCpuMs = 2000
/** What a reader makes of a text may not be a bomb. */
const most = (length: number) => 50 * length + 200_000

type Reader = {
  name: string
  corpus: readonly string[]
  read: (text: string) => unknown
  /** What it says that it throws; nothing by default. */
  declared?: new (
    ...args: never[]
  ) => Error
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const letters = nastyMail.map(({ bytes }) => bytes().subarray(0, 20_000).toString('latin1'))
const calendars = [
  ...Object.values(oddCalendars),
  'BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nFREEBUSY:20260101T000000Z/PT1H,20260102T000000Z/20260103T000000Z\r\n' +
    'END:VFREEBUSY\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART:20260101T000000Z\r\nDURATION:PT5M\r\n' +
    'RRULE:FREQ=SECONDLY;INTERVAL=1;BYSETPOS=-1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
]
const cards = [
  'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zoë Müller\r\nN:Müller;Zoë;;;\r\nitem1.EMAIL;TYPE=WORK,PREF:zoe@example.test\r\n' +
    'item1.X-ABLABEL:_$!<Home>!$_\r\nTEL;TYPE=CELL:+33 1 23\r\nBDAY:1990-02-30\r\nADR;TYPE=HOME:;;1 Rue\\, x;Paris;;75001;\r\n' +
    'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRg==\r\nNOTE:a\\nb\r\n folded\r\nEND:VCARD\r\n',
  'BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:M=FCller=\r\n =20x\r\nTEL;HOME;VOICE:1\r\nEND:VCARD\r\n',
  'BEGIN:VCARD\r\nVERSION:4.0\r\nFN;ALTID=1;LANGUAGE=fr:Un\r\nRELATED;TYPE=spouse:urn:uuid:1\r\nBDAY:--0212\r\nEND:VCARD\r\n',
]
const documents = [
  '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:response>' +
    '<d:href>/cloud/remote.php/dav/files/a/%c3%a9/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>' +
    '</d:resourcetype><d:getetag>&quot;x&quot;</d:getetag><oc:size>12</oc:size></d:prop><d:status>HTTP/1.1 200 OK' +
    '</d:status></d:propstat></d:response>\n<d:response><d:href>/x</d:href><d:status>HTTP/1.1 404</d:status>' +
    '</d:response>\n<![CDATA[ <x> ]]>&#x41;&#1114112;<d:sync-token>http://sabre.io/7</d:sync-token></d:multistatus>',
]
const queries = [
  'from:alice subject:"annual report" -label:work (budget OR {2026 2027}) after:2026/01/31 larger:10M has:attachment facture',
  'in:anywhere is:unread "exact phrase" AROUND from:(a b) older_than:3d NOT (x y) filename:pdf to:me newer:2026',
]
const scripts = [
  'require ["fileinto", "imap4flags", "copy"];\n# rule:[Invoices]\nif allof (header :contains "Subject" ["a", "b\\"c"], ' +
    'not address :domain "from" "example.test", size :over 10M) {\n  fileinto :copy "Archive";\n  addflag "\\\\Seen";\n' +
    '} elsif anyof (exists "x", header :matches "to" "*?x*") { redirect "a@b.test"; stop; } else { keep; }\n',
  'require "vacation";\nvacation :days 7 text:\n.. dots\nbye\n.\n;\n/* a comment */ discard;\n',
]
const statuses = [
  'Reporting-MTA: dns; mx.example.test\r\nArrival-Date: Fri, 27 Nov 2026 10:00:00 +0000\r\n\r\n' +
    'Final-Recipient: rfc822; bob@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no\r\n',
]
const results = [
  'mx.example.test (comment (nested)) 1; spf=pass (x) smtp.mailfrom="a\\"b"@example.test; dkim=fail reason="x" ' +
    'header.d=example.test header.b=abc; dmarc=none (p=none dis=none)',
]
const range = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1) }
const names = { folders: [], labels: [], targets: [] }

const readers: readonly Reader[] = [
  { name: 'letters of a file', corpus: letters, read: (text) => letterOf(latin1(text)) },
  { name: 'delivery reports', corpus: statuses, read: readDeliveryStatus },
  { name: 'results of authentication', corpus: results, read: parseAuthenticationResults },
  { name: 'winmail.dat', corpus: tnefs(), read: (text) => readTnef(chunksOf(latin1(text))) },
  { name: 'calendar objects', corpus: calendars, read: (text) => eventsOf(readObject(text)), declared: SyntaxError },
  { name: 'busy times', corpus: calendars, read: (text) => readBusy(text, range), declared: SyntaxError },
  { name: 'invitations in mail', corpus: calendars, read: (text) => readCalendarPart('1', text) },
  { name: 'vCards', corpus: cards, read: (text) => readCard(readVcard(text)), declared: SyntaxError },
  {
    name: 'XML of DAV',
    corpus: documents,
    read: (text) => readMultistatus(parseXml(text), '/remote.php/dav'),
    declared: SyntaxError,
  },
  { name: 'search queries', corpus: queries, read: (text) => parseSearchQuery(text) },
  { name: 'Sieve scripts', corpus: scripts, read: (text) => importSieve(text, names), declared: SieveError },
  {
    name: 'wishes of sockets',
    corpus: ['mail.message:1,meet:x\ncalendar'],
    read: (text) => readWishes(text.split(',')),
  },
]

const letterOf = (bytes: Buffer) => [
  readLetter(bytes, { fromLine: '', isRead: false, now: new Date(0) }),
  subjectOf(bytes),
]

function tnefs(): string[] {
  const file = { title: 'a.txt', bytes: Buffer.from('content') }
  return [tnefOf({ text: 'text', html: '<p>html</p>', files: [file] }).toString('latin1')]
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

suite(`readers of what comes from outside, on ${count} mutants each (seed ${seed})`, () => {
  for (const { name, corpus, read, declared } of readers) {
    test(`${name}: nothing is thrown but what is declared, and neither time nor memory is without bounds`, async () => {
      for (const text of [...corpus, ...mutantsOf(corpus, { seed, count })]) {
        const before = process.cpuUsage()
        const outcome = await Promise.resolve()
          .then(() => read(text))
          .catch((error: unknown) => error)
        const { user } = process.cpuUsage(before)
        const shown = JSON.stringify(text.slice(0, 2000))
        if (outcome instanceof Error)
          assert.ok(declared && outcome instanceof declared, `${outcome.stack} for ${shown}`)
        assert.ok(user / 1000 < mostCpuMs, `${(user / 1000).toFixed(0)} ms for ${shown}`)
        const size = JSON.stringify(outcome)?.length ?? 0
        assert.ok(size <= most(text.length), `${size} characters come of ${text.length}: ${shown}`)
      }
    })
  }
})
