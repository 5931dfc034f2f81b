import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { Type } from 'typebox'
import { strict } from '#platform/http/strict-schema.ts'
import {
  authenticationMethods,
  type Condition,
  groupMatches,
  isGroup,
  orderOperators,
  textFields,
  textOperators,
} from './matching/condition.ts'

/** The form in which conditions travel over HTTP. */

/** Groups in groups. */
const maxDepth = 5
export const maxLeaves = 100

const oneOf = <const Choice extends string>(choices: readonly Choice[], description?: string) =>
  Type.Union(
    choices.map((choice) => Type.Literal(choice)),
    description === undefined ? {} : { description },
  )

const Values = Type.Array(Type.String({ minLength: 1, maxLength: 500 }), {
  ...{ minItems: 1, maxItems: 100 },
  description: 'Fulfilled when one of them fits, whatever its case. For `matches`: expressions of RE2.',
})
const Order = oneOf(orderOperators)
const Operator = oneOf(
  textOperators,
  '`matches` finds its expression anywhere in the text; of a body it reads the first 32,768 characters.',
)

const leaves = [
  Type.Object(
    { field: oneOf(textFields), operator: Operator, values: Values },
    {
      description:
        'A text: of addresses the address, the name, and both as they are written; `recipient` is any of To, Cc and Bcc.',
    },
  ),
  Type.Object(
    {
      field: Type.Literal('header'),
      name: Type.String({
        pattern: '^[!-9;-~]{1,76}$',
        examples: ['X-Spam'],
        description: 'The name of a header field, such as `X-Spam`.',
      }),
      ...{ operator: Operator, values: Values },
    },
    { description: 'Any field of the header of that name.' },
  ),
  Type.Object({ field: Type.Literal('size'), operator: Order, bytes: Type.Integer({ minimum: 0, maximum: 2 ** 40 }) }),
  Type.Object(
    { field: Type.Literal('date'), operator: Order, at: Type.String({ format: 'date-time' }) },
    { description: 'When the message came.' },
  ),
  Type.Object(
    {
      ...{ field: Type.Literal('time_of_day'), operator: Order },
      time: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', examples: ['18:30'] }),
      time_zone: Type.String({ minLength: 1, maxLength: 60, examples: ['Europe/Paris'] }),
    },
    { description: 'The time of day at which it came.' },
  ),
  Type.Object(
    { field: oneOf(['is_reply', 'sender_is_contact', 'sender_is_new'] as const), is: Type.Boolean() },
    { description: '`sender_is_new`: nothing came from that address before.' },
  ),
  Type.Object(
    {
      field: Type.Literal('authentication'),
      method: oneOf(authenticationMethods, '`verdict`: whether the sender is who the message says.'),
      values: Type.Array(Type.String({ pattern: '^[a-z]{1,20}$', examples: ['monday'] }), {
        ...{ minItems: 1, maxItems: 10, examples: [['fail', 'none']] },
      }),
    },
    { description: "What the account's own server found out about the sender." },
  ),
  Type.Object(
    {
      field: Type.Literal('language'),
      values: Type.Array(Type.String({ pattern: '^[a-z]{2}$', examples: ['fr'] }), {
        minItems: 1,
        maxItems: 50,
        examples: [['fr', 'en']],
      }),
    },
    { description: 'Of the text; two-letter codes (ISO 639-1).' },
  ),
]

/** Conditions are conditions all the way down, which a schema cannot say without a name for itself. */
const Inner = Type.Object(
  {},
  { additionalProperties: true, description: `A condition again: groups lie in groups, ${maxDepth} deep at most.` },
)

const OneCondition = Type.Union([
  ...leaves,
  Type.Object({
    match: oneOf(groupMatches, '`all` of nothing is fulfilled, `any` of nothing is not.'),
    conditions: Type.Array(Inner, { maxItems: maxLeaves }),
  }),
])

/** As it is taken: its outermost part is held to this, the rest by `findMalformed`. */
export const ConditionBody = Type.Unsafe<Condition>(OneCondition)

/** As it is answered: what was taken. */
export const ShownCondition = Type.Unsafe<Condition>(
  Type.Object({}, { additionalProperties: true, description: 'As `POST /rules` takes it.' }),
)

const ajv = new Ajv({ strict: false })
formats.default(ajv)
let isOne: ValidateFunction | undefined

export type Malformed = { path: string; message: string }

/** The first part of a condition that is none, or too deep. */
export function findMalformed(condition: Condition, path = 'condition', depth = 1): Malformed | undefined {
  isOne ??= ajv.compile(strict(OneCondition))
  if (!isOne(condition)) return { path, message: 'is no condition' }
  if (!isGroup(condition)) return undefined
  if (depth > maxDepth) return { path, message: `nests deeper than ${maxDepth} groups` }
  for (const [at, child] of condition.conditions.entries()) {
    const found = findMalformed(child, `${path}.conditions.${at}`, depth + 1)
    if (found) return found
  }
  return undefined
}
