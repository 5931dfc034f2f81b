import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres } from '../sandbox/postgres.ts'
import { xml, xmlDocument } from '../src/integrations/dav/xml.ts'
import { basicAuthorization } from '../src/integrations/nextcloud/nextcloud-client.ts'
import { startCalendarApp } from '../test/fixtures/calendar-app.ts'
import { freePort } from '../test/harness/free-port.ts'
import { createTempDir } from '../test/harness/temp-dir.ts'
import { median } from './harness/median.ts'
import { createRandom, createWords } from './harness/random.ts'
import { startTimedClient } from './harness/timed-requests.ts'
import { printVerdicts } from './harness/verdict.ts'

/**
 * A month view over ten calendars with 5,000 events, from the mirror, as it was asked for before and as it was not, against
 * the same month asked of the CalDAV server, calendar by calendar. They take turns; the client of all is a process of its
 * own. `node bench/calendar.ts`
 */
const [calendars, perCalendar, rounds] = [10, 500, 60]
const random = createRandom(20_260_523)
const word = createWords(random, 2000)
const int = (from: number, to: number) => from + Math.floor(random() * (to - from + 1))
const two = (value: number) => String(value).padStart(2, '0')

const data = await createTempDir('bench-calendar')
const postgres = await startPostgres({ dataDir: data.path, port: await freePort(), isDurable: false })
process.env.ULTI_TEST_PG_URL = postgres.url('postgres')
const app = await startCalendarApp({ ULTID_RATE_LIMIT_PERSON: '1000000' })
const { calendars: store } = app.nextcloud
const names = Array.from({ length: calendars }, (_, index) => `calendar-${index}`)
for (const name of names) {
  const collection = store.add('alice', name, { 'd:displayname': name })
  for (let index = 0; index < perCalendar; index++)
    store.put(collection, `${name}-${index}.ics`, eventText(`${name}-${index}`))
}

/** Over two years; every tenth a series. */
function eventText(uid: string): string {
  const [day, hour] = [`${pick([2026, 2027])}${two(int(1, 12))}${two(int(1, 28))}`, two(int(7, 18))]
  const rule =
    random() < 0.1
      ? [`RRULE:${pick(['FREQ=WEEKLY', 'FREQ=MONTHLY', 'FREQ=DAILY;COUNT=20', 'FREQ=WEEKLY;BYDAY=MO,WE'])}`]
      : []
  return [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:bench', 'BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z'],
    ...[`DTSTART:${day}T${hour}0000Z`, `DTEND:${day}T${hour}3000Z`, `SUMMARY:${word()} ${word()}`, ...rule],
    ...[`DESCRIPTION:${Array.from({ length: 20 }, word).join(' ')}`, 'END:VEVENT', 'END:VCALENDAR', ''],
  ].join('\r\n')
}

function pick<T>(list: readonly T[]): T {
  return list[int(0, list.length - 1)] as T
}

const month = (index: number) => {
  const at = (value: number) => `${2026 + Math.floor(value / 12)}${two((value % 12) + 1)}01T000000Z`
  return { start: at(index), end: at(index + 1) }
}

const client = startTimedClient()
const headers = await app.bearer('alice')

/** @returns how long it took and, when asked for, how many events it shows. */
async function fromMirror({ start, end }: { start: string; end: string }, { isCounted = false, limit = 1000 } = {}) {
  const url = `${app.app.url}/api/v1/calendar/events?start=${start}&end=${end}&expand=true&limit=${limit}`
  const { ms, statuses, bodies } = await client.send([{ url, method: 'GET', headers }], { hasBodies: isCounted })
  if (statuses[0] !== 200) throw new Error(`the month is not answered: ${statuses[0]}`)
  const { items } = JSON.parse(bodies[0] ?? '{"items":[]}') as { items: unknown[] }
  return { ms, count: items.length }
}

const authorization = basicAuthorization('alice', 'alice')
async function fromServer({ start, end }: { start: string; end: string }): Promise<number> {
  const range = xml('cal:time-range', { start, end })
  const filter = xml(
    'cal:filter',
    {},
    xml('cal:comp-filter', { name: 'VCALENDAR' }, xml('cal:comp-filter', { name: 'VEVENT' }, range)),
  )
  const body = xmlDocument(
    'cal:calendar-query',
    {},
    xml('d:prop', {}, xml('d:getetag'), xml('cal:calendar-data')),
    filter,
  )
  const asked = { authorization, depth: '1', 'content-type': 'application/xml; charset=utf-8' }
  const { ms, statuses } = await client.send(
    names.map((name) => ({
      ...{ url: `${app.nextcloud.url}/remote.php/dav/calendars/alice/${name}/`, method: 'REPORT' },
      ...{ headers: asked, body },
    })),
  )
  if (statuses.some((status) => status !== 207)) throw new Error(`the server does not answer: ${statuses}`)
  return ms
}

console.log('filling the mirror …')
const { ms: filled } = await fromMirror(month(6))
const ours: number[] = []
const anew: number[] = []
const theirs: number[] = []
let shown = 0
// The first look at each month is the mirror's as well, but not that of a warm one.
for (let index = 0; index < 24; index++) shown += (await fromMirror(month(index), { isCounted: true })).count
for (let round = 0; round < rounds; round++) {
  ours.push((await fromMirror(month(round % 24))).ms)
  if (round % 10 === 0) theirs.push(await fromServer(month(round % 24)))
  await delay(5)
}
// No page of these lengths was asked for: each is put together from its events.
for (let round = 0; round < rounds; round++) {
  anew.push((await fromMirror(month(round % 24), { limit: 999 - round })).ms)
  await delay(5)
}
const p95 = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0
console.log(
  `5,000 events taken into the mirror in ${(filled / 1000).toFixed(1)} s; a month shows ${Math.round(shown / 24)}`,
)
printVerdicts('a month view over 10 calendars with 5,000 events', [
  { what: 'p95 of the view, warm', measured: p95(ours), unit: 'ms', atMost: 25 },
  { what: 'p95 of a view that is put together', measured: p95(anew), unit: 'ms', atMost: 25 },
  {
    what: 'the view against asking the CalDAV server',
    measured: median(ours) / median(theirs),
    unit: '×',
    atMost: 0.1,
  },
])
console.log(
  `median ${median(ours).toFixed(1)} ms; the server ${median(theirs).toFixed(0)} ms, ${(median(theirs) / median(ours)).toFixed(0)} × as long`,
)
client.close()
await app.close()
await postgres.close()
await data.remove()
