import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const list = <T extends Parameters<typeof Type.Array>[0]>(schema: T, maxItems: number) =>
  Type.Optional(nullable(Type.Array(schema, { maxItems })))
const text = (maxLength: number) => Type.String({ maxLength })
const choice = (...values: string[]) => Type.String({ enum: values })

const basicTime = 'As 20260523T090000Z in UTC, 20260523T110000 on the wall of `timezone`, or 20260523 for a whole day.'
const time = Type.String({ minLength: 1, maxLength: 40, description: basicTime })
const email = Type.String({ format: 'email', maxLength: 320 })

/** The example of the contract. */
const contractEvent = {
  ...{ uid: 'team-sync-2026-05-23', summary: 'Team sync', description: 'Weekly project update' },
  ...{ location: 'Paris office', start: '20260523T090000Z', end: '20260523T100000Z', organizer: 'alice@example.com' },
  attendees: [
    { email: 'bob@example.com', name: 'Bob', status: 'NEEDS-ACTION' },
    { email: 'carol@example.com', name: 'Carol', status: 'ACCEPTED' },
  ],
}
const tag = '"68031b8f4d18f"'
const path = '/remote.php/dav/calendars/alice/work/team-sync-2026-05-23.ics'

const statuses = ['NEEDS-ACTION', 'ACCEPTED', 'DECLINED', 'TENTATIVE', 'DELEGATED']
const roles = ['CHAIR', 'REQ-PARTICIPANT', 'OPT-PARTICIPANT', 'NON-PARTICIPANT']
const kinds = ['INDIVIDUAL', 'GROUP', 'RESOURCE', 'ROOM', 'UNKNOWN']

const WantedAttendee = Type.Object({
  email,
  name: Type.Optional(text(500)),
  status: Type.Optional(choice(...statuses)),
  role: Type.Optional(choice(...roles)),
  rsvp: Type.Optional(Type.Boolean()),
  type: Type.Optional(choice(...kinds)),
})
const link = Type.String({
  minLength: 1,
  maxLength: 2000,
  pattern: '^[A-Za-z][A-Za-z0-9+.-]*:[^\\s]+$|^/[^\\s]*$',
  examples: ['https://example.org/agenda'],
})
const trigger = Type.String({
  pattern: '^-?P[0-9WDTHMS]{2,20}$|^[0-9]{8}T[0-9]{6}Z$',
  examples: ['-PT15M'],
  description: 'A time before the event as `-PT15M`, or a moment as 20260523T080000Z.',
})

/** What an event says. What is left out of a change stays as it is; null takes it away. */
export const EventBody = Type.Object(
  {
    uid: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Chosen here when it is left out.' })),
    summary: text(2000),
    description: Type.Optional(nullable(text(100_000))),
    location: Type.Optional(nullable(text(2000))),
    start: time,
    end: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        description: `${basicTime} The day after the last. Only events of one day may go without.`,
      }),
    ),
    timezone: Type.Optional(
      nullable(Type.String({ maxLength: 64, description: 'Of the IANA database: Europe/Paris.' })),
    ),
    end_timezone: Type.Optional(nullable(text(64))),
    organizer: Type.Optional(nullable(email)),
    attendees: list(WantedAttendee, 500),
    status: Type.Optional(nullable(choice('CONFIRMED', 'TENTATIVE', 'CANCELLED'))),
    transparency: Type.Optional(nullable(choice('OPAQUE', 'TRANSPARENT'))),
    visibility: Type.Optional(nullable(choice('PUBLIC', 'PRIVATE', 'CONFIDENTIAL'))),
    categories: list(Type.String({ minLength: 1, maxLength: 200 }), 50),
    url: Type.Optional(nullable(link)),
    conferences: list(
      Type.Object({
        ...{ uri: link, label: Type.Optional(text(200)) },
        features: Type.Optional(
          Type.Array(Type.String({ pattern: '^[A-Z][A-Z0-9-]{0,30}$', examples: ['AUDIO'] }), { maxItems: 10 }),
        ),
      }),
      20,
    ),
    attachments: list(
      Type.Object({
        uri: Type.Optional(link),
        drive_path: Type.Optional(
          Type.String({
            ...{ minLength: 1, maxLength: 4096 },
            description:
              'Instead of `uri`: a file of your drive. Those invited get a link to it; where nobody is, it opens for you alone.',
          }),
        ),
        drive_item_id: Type.Optional(
          Type.String({ pattern: '^[0-9]{1,18}$', examples: ['4711'], description: 'The same, by its id.' }),
        ),
        ...{ filename: Type.Optional(text(255)), content_type: Type.Optional(text(200)) },
        size: Type.Optional(nullable(Type.Integer({ minimum: 0 }))),
      }),
      50,
    ),
    alarms: list(
      Type.Object({
        action: Type.Optional(choice('DISPLAY', 'EMAIL', 'AUDIO')),
        ...{ trigger, related: Type.Optional(choice('start', 'end')) },
      }),
      20,
    ),
    rrule: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: 1000, description: 'RFC 5545: FREQ=WEEKLY;BYDAY=MO' })),
    ),
    rdates: list(time, 500),
    exdates: list(time, 500),
  },
  { examples: [contractEvent] },
)

const stored = {
  path: Type.String({ description: 'Its DAV path: what follows /events in its address.' }),
  uid: Type.String(),
}
const etag = Type.String({ description: 'For If-Match.' })

const unreached = Type.Optional(
  Type.Array(
    Type.Object({
      email: Type.String(),
      reason: Type.String({
        enum: ['no_mail_account', 'address_invalid', 'organizer_not_owner'],
        description:
          '`no_mail_account`: whose calendar it is has no mail account to write from; connect one and change the event. ' +
          '`address_invalid`: the event names them by what is no address; correct it. ' +
          '`organizer_not_owner`: its organizer is another than whose calendar it is; only they invite to it.',
      }),
    }),
    { description: 'People elsewhere who should have been told by mail and were not; absent where there are none.' },
  ),
)

export const CreatedEvent = Type.Object(
  { ...stored, etag, unreached },
  { examples: [{ path, uid: contractEvent.uid, etag: tag }] },
)

export const ChangedEvent = Type.Object(
  {
    etag,
    following: Type.Optional(
      Type.Object({ ...stored, etag }, { description: 'The new series, after a change of `following`.' }),
    ),
    unreached,
  },
  { examples: [{ etag: '"68031b8f5f901"' }] },
)

export const DeletedEvent = Type.Object(
  { unreached },
  {
    description: 'Gone, or the occurrence is; not all of those elsewhere could be told.',
    examples: [{ unreached: [{ email: 'olga@example.org', reason: 'no_mail_account' }] }],
  },
)

const Attendee = Type.Object({
  ...{ email: Type.String(), name: Type.String(), status: Type.String(), role: Type.String() },
  ...{ rsvp: Type.Boolean(), type: Type.String() },
  reason: Type.Optional(
    Type.String({ description: 'Why a room or equipment declines: `taken`, `too_far` ahead, `too_often`.' }),
  ),
})
const shown = {
  path: stored.path,
  etag,
  calendar_id: Type.String(),
  uid: Type.String(),
  ...{ summary: Type.String(), description: Type.String(), location: Type.String() },
  ...{ start: time, end: time, timezone: nullable(Type.String()), end_timezone: nullable(Type.String()) },
  is_all_day: Type.Boolean(),
  starts_at: Type.String({
    format: 'date-time',
    description: 'The moment; of a day, that in the `timezone` asked for.',
  }),
  ends_at: Type.String({ format: 'date-time' }),
  ...{ organizer: nullable(Type.String()), organizer_name: Type.String(), attendees: Type.Array(Attendee) },
  ...{ status: Type.String(), transparency: Type.String(), visibility: Type.String() },
  ...{ categories: Type.Array(Type.String()), url: nullable(Type.String()) },
  conferences: Type.Array(
    Type.Object({ uri: Type.String(), label: Type.String(), features: Type.Array(Type.String()) }),
  ),
  attachments: Type.Array(
    Type.Object({
      ...{ uri: Type.String(), filename: Type.String(), content_type: Type.String() },
      size: nullable(Type.Integer()),
    }),
  ),
  alarms: Type.Array(Type.Object({ action: Type.String(), trigger: Type.String(), related: Type.String() })),
  ...{ rrule: nullable(Type.String()), rdates: Type.Array(Type.String()), exdates: Type.Array(Type.String()) },
  recurrence_id: nullable(Type.String({ description: 'Which occurrence of a series it is.' })),
  is_recurring: Type.Boolean(),
  sequence: Type.Integer(),
  created_at: nullable(Type.String()),
  updated_at: nullable(Type.String()),
}
const shownExample = {
  ...{ path, etag: tag, calendar_id: 'work', ...contractEvent, timezone: null, end_timezone: null, is_all_day: false },
  ...{ starts_at: '2026-05-23T09:00:00.000Z', ends_at: '2026-05-23T10:00:00.000Z', organizer_name: 'Alice' },
  attendees: contractEvent.attendees.map((one) => ({
    ...one,
    role: 'REQ-PARTICIPANT',
    rsvp: true,
    type: 'INDIVIDUAL',
  })),
  ...{ status: 'CONFIRMED', transparency: 'OPAQUE', visibility: 'PUBLIC', categories: [], url: null, conferences: [] },
  ...{ attachments: [], alarms: [{ action: 'DISPLAY', trigger: '-PT15M', related: 'start' }], rrule: null },
  ...{ rdates: [], exdates: [], recurrence_id: null, is_recurring: false, sequence: 0 },
  ...{ created_at: '2026-05-01T08:00:00.000Z', updated_at: '2026-05-01T08:00:00.000Z' },
}
export const EventPage = page(Type.Object(shown, { examples: [shownExample] }))
const Proposal = Type.Object({
  id: Type.String({ format: 'uuid' }),
  recurrence_id: nullable(Type.String({ description: 'The occurrence that it is about; null for the whole event.' })),
  ...{ from: Type.String({ description: 'The address of who proposes it.' }), name: Type.String() },
  ...{ start: time, end: time, timezone: nullable(Type.String()), location: Type.String(), comment: Type.String() },
  received_at: Type.String({ format: 'date-time' }),
})

export const ViewedEvent = Type.Object(
  {
    ...shown,
    overrides: Type.Array(Type.Object(shown), { description: 'Occurrences that differ from their series.' }),
    proposals: Type.Array(Proposal, {
      description:
        'Other times that those invited propose, for the organizer and those who may write to their calendar; see `/events/proposals/`.',
    }),
  },
  { examples: [{ ...shownExample, overrides: [], proposals: [] }] },
)

export const listQuery = {
  start: Type.Optional(
    Type.String({ maxLength: 40, description: 'Events that end later: RFC 3339, or as in events.' }),
  ),
  end: Type.Optional(Type.String({ maxLength: 40, description: 'Events that begin earlier.' })),
  expand: Type.Optional(Type.Boolean({ default: false, description: 'Each occurrence of a series for itself.' })),
  timezone: Type.Optional(Type.String({ maxLength: 64, description: 'On whose wall days begin; UTC by default.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
  cursor: pageQuery.cursor,
}

export const EventParams = Type.Object({
  '*': Type.String({ description: 'The absolute DAV path of the event, as it was answered.' }),
})

const recurrenceId = Type.Optional(
  Type.String({ maxLength: 40, description: 'Which occurrence: its `recurrence_id`.' }),
)
export const editQuery = Type.Object({
  scope: Type.Optional(
    Type.Union([Type.Literal('this'), Type.Literal('following'), Type.Literal('all')], {
      description:
        'Of a series: one occurrence, those from it on, or all (the default), which move as far as the one that `recurrence_id` names.',
    }),
  ),
  recurrence_id: recurrenceId,
})
export const viewQuery = Type.Object({ recurrence_id: recurrenceId })

export const AnswerBody = Type.Object(
  {
    email,
    response: Type.Union([Type.Literal('accepted'), Type.Literal('declined'), Type.Literal('tentative')]),
    if_match: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
    recurrence_id: recurrenceId,
  },
  { examples: [{ email: 'bob@example.com', response: 'accepted', if_match: '"68031b8f5f901"' }] },
)
export const MeetLinkBody = Type.Object(
  { if_match: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })) },
  { examples: [{ if_match: '"68031b8f5f901"' }] },
)
export const MeetLink = Type.Object(
  {
    meet_url: Type.String({ description: 'With a token for you alone; the event holds the address without it.' }),
    ...{ etag, unreached },
  },
  { examples: [{ meet_url: 'https://your-domain/meet/team-sync-2026-05-23?jwt=…', etag: '"68031b8f8b102"' }] },
)

/** What follows `/events/` or its like in an address, as it was sent: the router decodes what is not its to decode. */
export function restOf({ raw, routeOptions }: Pick<FastifyRequest, 'raw' | 'routeOptions'>): string {
  const [pathname = ''] = (raw.url ?? '').split('?')
  return pathname.slice((routeOptions.url ?? '').length - 1)
}
