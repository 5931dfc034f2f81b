import { Type } from 'typebox'

const email = Type.String({ format: 'email', maxLength: 320 })
const moment = Type.String({ maxLength: 40, format: 'date-time' })
const periodExample = { start: '20260523T090000Z', end: '20260523T100000Z', type: 'BUSY' }

export const FreeBusyBody = Type.Object(
  { start: moment, end: moment, attendees: Type.Array(email, { minItems: 1, maxItems: 200 }) },
  {
    examples: [
      {
        ...{ start: '2026-05-23T08:00:00Z', end: '2026-05-23T18:00:00Z' },
        attendees: ['bob@example.com', 'carol@example.com'],
      },
    ],
  },
)

const Period = Type.Object({
  ...{ start: Type.String(), end: Type.String() },
  type: Type.String({ enum: ['BUSY', 'BUSY-TENTATIVE', 'BUSY-UNAVAILABLE'] }),
})
export const FreeBusyAnswer = Type.Object(
  {
    attendees: Type.Array(
      Type.Object({
        email: Type.String(),
        periods: Type.Array(Period),
        status: Type.Optional(
          Type.Literal('unknown', { description: 'Nobody knows when they are busy: no period says nothing.' }),
        ),
      }),
    ),
  },
  { examples: [{ attendees: [{ email: 'bob@example.com', periods: [periodExample] }] }] },
)

const clock = Type.String({ pattern: '^([01][0-9]|2[0-4]):[0-5][0-9]$', examples: ['09:00'] })
const zone = Type.String({ minLength: 1, maxLength: 64 })
export const SuggestionBody = Type.Object(
  {
    ...{ start: moment, end: moment },
    duration_minutes: Type.Integer({ minimum: 5, maximum: 1440 }),
    attendees: Type.Array(
      Type.Object({
        email,
        is_optional: Type.Optional(Type.Boolean()),
        timezone: Type.Optional(zone),
      }),
      { maxItems: 50 },
    ),
    timezone: Type.Optional(
      Type.String({ ...zone, description: 'Of those without one of their own; UTC by default.' }),
    ),
    working_hours: Type.Optional(
      Type.Object({
        ...{ start: clock, end: clock },
        days: Type.Array(Type.Integer({ minimum: 0, maximum: 6, description: '0 is Sunday.' }), {
          minItems: 1,
          maxItems: 7,
        }),
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, default: 10 })),
  },
  {
    examples: [
      {
        ...{ start: '2026-05-25T00:00:00Z', end: '2026-05-30T00:00:00Z', duration_minutes: 45 },
        attendees: [{ email: 'bob@example.com' }, { email: 'carol@example.com', is_optional: true }],
        ...{ timezone: 'Europe/Paris', working_hours: { start: '09:00', end: '17:00', days: [1, 2, 3, 4, 5] } },
      },
    ],
  },
)
export const SuggestionAnswer = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        start: Type.String({ format: 'date-time' }),
        end: Type.String({ format: 'date-time' }),
        is_free: Type.Boolean({ description: 'Everybody who must be there is free.' }),
        busy: Type.Array(Type.String({ description: 'Who is not.' })),
        outside_working_hours: Type.Array(Type.String()),
      }),
    ),
    unknown: Type.Array(Type.String(), {
      description: 'Of whom nobody knows when they are busy: they are taken for free.',
    }),
  },
  {
    examples: [
      {
        unknown: [],
        items: [
          {
            ...{ start: '2026-05-25T07:00:00.000Z', end: '2026-05-25T07:45:00.000Z', is_free: true },
            ...{ busy: [], outside_working_hours: [] },
          },
        ],
      },
    ],
  },
)
