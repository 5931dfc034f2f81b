import { type Static, Type } from 'typebox'
import { Nullable } from '../reading/wire.ts'

/** What a view of a message says beyond the message itself. */

const choice = <const T extends string>(values: readonly T[], description?: string) =>
  Type.Unsafe<T>(Type.String({ enum: [...values], ...(description && { description }) }))

const Result = Type.Object({
  result: Type.String({ description: '`pass`, `fail`, `softfail`, `none`, …: as the server said (RFC 8601 §2.7).' }),
  domain: Nullable(Type.String()),
})

export const Authentication = Type.Object({
  authserv_id: Type.String({ description: 'The server that checked; empty for Microsoft’s, which does not say.' }),
  verdict: choice(
    ['pass', 'fail', 'none'],
    '`pass`: the message is from the domain that it shows; `fail`: it is not; `none`: nothing vouches for it.',
  ),
  spf: Nullable(Result),
  dkim: Type.Array(Result),
  dmarc: Nullable(Result),
})
export type Authentication = Static<typeof Authentication>

export const SenderWarning = Type.Object({
  code: choice(['name_contains_other_address', 'hidden_characters', 'look_alike_domain', 'homograph_domain']),
  message: Type.String({ description: 'For people.' }),
  resembles: Nullable(Type.String({ description: 'What it may be taken for.' })),
})
export type SenderWarning = Static<typeof SenderWarning>

export const Unsubscription = Type.Object({
  is_one_click: Type.Boolean({ description: 'Whether POST …/unsubscription asks the sender’s server (RFC 8058).' }),
  is_by_mail: Type.Boolean({ description: 'Whether it can be asked for by a message.' }),
  url: Nullable(Type.String({ description: 'A page of the sender to do it by hand.' })),
  requested_at: Nullable(Type.String({ format: 'date-time', description: 'When it was last asked for from here.' })),
})
export type Unsubscription = Static<typeof Unsubscription>

export const Security = Type.Object({
  kind: choice(['smime', 'pgp']),
  form: choice(['signed', 'encrypted', 'certificates']),
  parts: Type.Array(Type.String(), {
    description: 'Ids of the attachments that hold the signature or the data; empty for armour within the text.',
  }),
})
export type Security = Static<typeof Security>

const Person = { name: Type.String(), email: Type.String() }

export const CalendarEvent = Type.Object({
  uid: Type.String(),
  sequence: Type.Integer(),
  summary: Type.String(),
  description: Type.String(),
  location: Type.String(),
  status: Nullable(Type.String()),
  start: Type.String({ description: 'RFC 3339 in UTC; a date for whole days; without an offset in a floating time.' }),
  end: Nullable(Type.String({ description: 'As `start`; for whole days the day after the last.' })),
  is_all_day: Type.Boolean(),
  time_zone: Nullable(Type.String({ description: 'TZID, as the organizer’s program names it.' })),
  recurrence_rule: Nullable(Type.String()),
  recurrence_id: Nullable(Type.String({ description: 'Which occurrence it is about.' })),
  organizer: Nullable(Type.Object(Person)),
  attendees: Type.Array(Type.Object({ ...Person, status: Type.String({ description: 'PARTSTAT.' }) })),
})
export type CalendarEvent = Static<typeof CalendarEvent>

export const CalendarPart = Type.Object({
  part: Type.String({ description: 'Id of the attachment that holds it.' }),
  method: Nullable(Type.String({ description: '`REQUEST`, `REPLY`, `CANCEL`, …; null for a file that asks nothing.' })),
  events: Type.Array(CalendarEvent),
})
export type CalendarPart = Static<typeof CalendarPart>
