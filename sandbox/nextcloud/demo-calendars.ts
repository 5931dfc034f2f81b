import { randomUUID } from 'node:crypto'
import { formatComponents } from '../../src/modules/calendar/ical/content-lines.ts'
import { timezoneComponent } from '../../src/modules/calendar/ical/vtimezone.ts'
import { demoUsers, type UserName } from '../users.ts'
import { createCalendarKind } from './caldav/calendar-kind.ts'
import type { Collection } from './collections/collection-store.ts'
import type { NextcloudStandIn } from './nextcloud.ts'

type DemoEvent = {
  calendar?: string
  title: string
  /** Days from today, and a time on the wall of Paris; without one it is a whole day. */
  day: number
  at?: string
  minutes?: number
  days?: number
  rule?: string
  with?: UserName[]
  more?: string[]
}

const work = 'work'
const alice: readonly DemoEvent[] = [
  {
    calendar: work,
    title: 'Stand-up',
    day: -30,
    at: '0930',
    minutes: 15,
    rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
    with: ['bob', 'carol'],
  },
  {
    calendar: work,
    title: 'Moving the office: what is left',
    day: 2,
    at: '1400',
    minutes: 60,
    with: ['bob'],
    more: ['LOCATION:Room 3'],
  },
  {
    calendar: work,
    title: 'One to one',
    day: -20,
    at: '1100',
    minutes: 30,
    rule: 'FREQ=WEEKLY;INTERVAL=2',
    with: ['carol'],
  },
  {
    calendar: work,
    title: 'Quarterly figures',
    day: 6,
    at: '1000',
    minutes: 90,
    more: ['CATEGORIES:Finance', 'CLASS:PRIVATE'],
  },
  { title: 'Playground: swings arrive', day: 3, at: '0800', minutes: 120, more: ['LOCATION:Rue des Tilleuls'] },
  { title: 'Dentist', day: 4, at: '1715', minutes: 30, more: ['TRANSP:OPAQUE'] },
  { title: 'Lisbon', day: 12, days: 3, more: ['CATEGORIES:Travel', 'TRANSP:TRANSPARENT'] },
  { title: 'Choir', day: -40, at: '1930', minutes: 120, rule: 'FREQ=WEEKLY;COUNT=30' },
  { title: 'Rent', day: -60, rule: 'FREQ=MONTHLY;BYMONTHDAY=1' },
]
const bob: readonly DemoEvent[] = [
  { title: 'Sow peas and radishes', day: 1, days: 1 },
  { title: 'Fence: the town comes to look', day: 2, at: '0900', minutes: 60 },
  { title: 'Running', day: -10, at: '0700', minutes: 45, rule: 'FREQ=DAILY;INTERVAL=2;COUNT=20' },
]
const carol: readonly DemoEvent[] = [
  { title: 'Rehearsal', day: -30, at: '1930', minutes: 120, rule: 'FREQ=WEEKLY' },
  {
    title: 'Council of the school',
    day: 8,
    at: '1600',
    minutes: 120,
    with: ['alice', 'bob'],
    more: ['LOCATION:Town hall'],
  },
  { title: 'Boiler, once more', day: 1, at: '0830', minutes: 60, more: ['STATUS:TENTATIVE'] },
]
const events: Readonly<Record<UserName, readonly DemoEvent[]>> = { alice, bob, carol }

const two = (value: number) => String(value).padStart(2, '0')
const dayAt = (now: Date, days: number): string => {
  const at = new Date(now.getTime() + days * 86_400_000)
  return `${at.getUTCFullYear()}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}`
}

/** What happens to the demo people around the day on which the sandbox began. Those invited have their copies. */
export function seedDemoCalendars(
  { calendars: store, people }: Pick<NextcloudStandIn, 'calendars' | 'people'>,
  now: Date,
): void {
  const kind = createCalendarKind({ store, people })
  const zone = formatComponents([timezoneComponent('Europe/Paris', now.getTime())]).trimEnd()
  const collectionOf = (uid: string, name: string): Collection =>
    store.find(uid, name)?.collection ??
    store.add(uid, name, { 'd:displayname': name === work ? 'Work' : 'Personal', 'ical:calendar-color': '#e9322d' })
  for (const { name: uid } of demoUsers) {
    const person = people.find(uid)
    if (!person) continue
    for (const event of events[uid]) {
      const collection = collectionOf(uid, event.calendar ?? 'personal')
      const name = `${randomUUID()}.ics`
      const seen = store.find(uid, collection.name)
      if (!seen) continue
      const text = textOf(event, { uid: name.slice(0, -4), organizer: uid, zone, now })
      store.put(collection, name, kind.write({ person, seen, name, before: undefined }, text))
    }
  }
  store.share(collectionOf('alice', work), 'bob', 'read-write')
}

function textOf(event: DemoEvent, context: { uid: string; organizer: UserName; zone: string; now: Date }): string {
  const { title, day, at, minutes = 60, days = 1, rule, with: guests = [], more = [] } = event
  const { uid, organizer, zone, now } = context
  const date = dayAt(now, day)
  const end = () => {
    const total = Number(at?.slice(0, 2)) * 60 + Number(at?.slice(2)) + minutes
    return `${two(Math.floor(total / 60))}${two(total % 60)}`
  }
  const times = at
    ? [`DTSTART;TZID=Europe/Paris:${date}T${at}00`, `DTEND;TZID=Europe/Paris:${date}T${end()}00`]
    : [`DTSTART;VALUE=DATE:${date}`, `DTEND;VALUE=DATE:${dayAt(now, day + days)}`]
  const address = (name: UserName) => `mailto:${name}@ulti.example`
  const nameOf = (name: UserName) => demoUsers.find((user) => user.name === name)?.fullName
  const invited =
    guests.length > 0
      ? [
          `ORGANIZER;CN=${nameOf(organizer)}:${address(organizer)}`,
          `ATTENDEE;CN=${nameOf(organizer)};PARTSTAT=ACCEPTED;ROLE=CHAIR:${address(organizer)}`,
          ...guests.map((guest) => `ATTENDEE;CN=${nameOf(guest)};PARTSTAT=NEEDS-ACTION;RSVP=TRUE:${address(guest)}`),
        ]
      : []
  const alarm = at ? ['BEGIN:VALARM', 'ACTION:DISPLAY', `DESCRIPTION:${title}`, 'TRIGGER:-PT15M', 'END:VALARM'] : []
  return [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Ulti//Sandbox//EN', ...(at ? [zone] : []), 'BEGIN:VEVENT'],
    ...[`UID:${uid}`, 'DTSTAMP:20260101T000000Z', ...times, `SUMMARY:${title}`, ...(rule ? [`RRULE:${rule}`] : [])],
    ...[...invited, ...more, ...alarm, 'END:VEVENT', 'END:VCALENDAR', ''],
  ].join('\r\n')
}
