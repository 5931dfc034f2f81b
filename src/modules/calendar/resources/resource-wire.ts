import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'

const kind = Type.Union([Type.Literal('room'), Type.Literal('equipment')])
const email = Type.String({ format: 'email', maxLength: 320 })
const name = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
const text = (maxLength: number) => Type.String({ maxLength })
const capacity = Type.Union([Type.Integer({ minimum: 1, maximum: 100_000 }), Type.Null()], {
  description: 'For how many people; null where that says nothing.',
})
const features = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 50 })
const groups = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
  maxItems: 100,
  description: 'Whose members may book it; empty for everybody.',
})

const bookingDays = Type.Integer({
  minimum: 1,
  maximum: 3660,
  description:
    'How many days ahead it may be booked. A series is booked as far as that, and further as time goes on; in an ' +
    'occurrence for which somebody was faster then, the resource declines.',
})

const said = {
  ...{ kind, name, capacity: Type.Optional(capacity), location: Type.Optional(text(500)) },
  ...{ description: Type.Optional(text(5000)), features: Type.Optional(features), groups: Type.Optional(groups) },
  is_active: Type.Optional(Type.Boolean({ default: true, description: 'One that is not declines everybody.' })),
  booking_days: Type.Optional(Type.Integer({ ...bookingDays, default: 366 })),
}
const saidExample = {
  ...{ kind: 'room', name: 'Orangery', capacity: 12, location: 'Paris office, 2nd floor' },
  ...{ description: '', features: ['screen', 'whiteboard'], groups: ['sales'], is_active: true },
  booking_days: 366,
}
export const ResourceChange = Type.Object(said, { examples: [saidExample] })
export const NewResource = Type.Object(
  {
    ...said,
    email: Type.Optional(
      Type.String({ ...email, description: 'Under which it is invited, for good; made of its name by default.' }),
    ),
  },
  { examples: [saidExample] },
)

const shown = {
  id: Type.String({ format: 'uuid' }),
  ...{ kind, name: Type.String(), email: Type.String(), capacity, location: Type.String() },
  ...{ description: Type.String(), features: Type.Array(Type.String()), booking_days: bookingDays },
}
const { groups: _groups, is_active: _active, ...bookable } = saidExample
const bookableExample = {
  ...{ id: '019a4e2c-7f00-7000-8000-000000000006', email: 'orangery@ulti.example' },
  ...bookable,
}
export const Resource = Type.Object(
  {
    ...{ ...shown, groups: Type.Array(Type.String()), is_active: Type.Boolean() },
    ...{ etag: Type.String(), updated_at: Type.String({ format: 'date-time' }) },
  },
  {
    examples: [
      {
        ...{ ...bookableExample, groups: ['sales'], is_active: true },
        ...{ etag: '"019a4e2c-7f00-7000-8000-000000000007"', updated_at: '2026-05-23T09:00:00.000Z' },
      },
    ],
  },
)
export const BookablePage = page(Type.Object(shown, { examples: [bookableExample] }))

export const ResourceListQuery = Type.Object({
  ...pageQuery,
  q: Type.Optional(Type.String({ maxLength: 200, description: 'Words in its name, place, description or features.' })),
  kind: Type.Optional(kind),
  min_capacity: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
})
