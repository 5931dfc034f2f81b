import type { Person } from '../people.ts'

export type Meeting = {
  uid: string
  summary: string
  location: string
  description: string
  start: Date
  minutes: number
  organizer: Person
  attendees: readonly Person[]
}

const timeZone = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Paris',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'END:STANDARD',
  'END:VTIMEZONE',
]

/** An iTIP request to all attendees (RFC 5546 §3.2.2). */
export function meetingRequest(meeting: Meeting, stamp: Date): string {
  const attendees = meeting.attendees.map(
    (one) => `ATTENDEE;CN="${one.name}";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${one.address}`,
  )
  return calendar('REQUEST', meeting, stamp, [...attendees, 'STATUS:CONFIRMED'])
}

/** An iTIP reply: the organizer learns that `attendee` comes (RFC 5546 §3.2.3). */
export function meetingReply(meeting: Meeting, attendee: Person, stamp: Date): string {
  return calendar('REPLY', meeting, stamp, [
    `ATTENDEE;CN="${attendee.name}";PARTSTAT=ACCEPTED:mailto:${attendee.address}`,
  ])
}

/** A published calendar of one event, as a file to import. */
export function meetingFile(meeting: Meeting, stamp: Date): string {
  return calendar('PUBLISH', meeting, stamp, [])
}

function calendar(method: string, meeting: Meeting, stamp: Date, more: string[]): string {
  const end = new Date(meeting.start.getTime() + meeting.minutes * 60_000)
  const event = [
    'BEGIN:VEVENT',
    `UID:${meeting.uid}`,
    `DTSTAMP:${utc(stamp)}`,
    `DTSTART;TZID=Europe/Paris:${local(meeting.start)}`,
    `DTEND;TZID=Europe/Paris:${local(end)}`,
    'SEQUENCE:0',
    `SUMMARY:${escaped(meeting.summary)}`,
    `LOCATION:${escaped(meeting.location)}`,
    `DESCRIPTION:${escaped(meeting.description)}`,
    `ORGANIZER;CN="${meeting.organizer.name}":mailto:${meeting.organizer.address}`,
    ...more,
    'END:VEVENT',
  ]
  const head = ['BEGIN:VCALENDAR', 'PRODID:-//Ulti//Calendar//EN', 'VERSION:2.0', `METHOD:${method}`]
  return `${[...head, ...timeZone, ...event, 'END:VCALENDAR'].map(foldLine).join('\r\n')}\r\n`
}

/** RFC 5545 §3.1: at most 75 octets a line, and no character cut in two. */
function foldLine(line: string): string {
  let folded = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > 75) {
      folded += '\r\n '
      octets = 1
    }
    folded += character
    octets += size
  }
  return folded
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\n/g, '\\n')
}

function utc(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** Wall clock time in Paris. */
function local(date: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'medium' })
    .format(date)
    .replace(' ', 'T')
    .replace(/[-:]/g, '')
}
