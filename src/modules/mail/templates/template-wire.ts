import { type Static, type TSchema, Type } from 'typebox'
import { Id } from '../reading/wire.ts'
import type { TemplateRow } from './template-store.ts'
import { variablesOf } from './template-variables.ts'

/** The forms in which templates travel over HTTP. */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Body = Nullable(Type.String({ maxLength: 100_000 }))

const content = {
  subject: Type.Optional(Type.String({ maxLength: 998, examples: ['Your order {{number}}'] })),
  text: Type.Optional(Body),
  html: Type.Optional(Body),
}

export const NewTemplateBody = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 100 }), ...content },
  { examples: [{ name: 'Order', subject: 'Your order {{number}}', text: 'Dear {{recipient.name}}, …' }] },
)
export type NewTemplateBody = Static<typeof NewTemplateBody>

export const TemplateChangeBody = Type.Object(
  { name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })), ...content },
  { minProperties: 1, description: 'What is left out stays.' },
)
export type TemplateChangeBody = Static<typeof TemplateChangeBody>

export const TemplateValues = Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 10_000 }), {
  description:
    'Values by the names of the variables. A draft knows `sender.name`, `sender.email`, `recipient.name` and ' +
    '`recipient.email` (of the first recipient) by itself.',
})

export const Template = Type.Object({
  id: Id,
  name: Type.String(),
  subject: Type.String(),
  text: Nullable(Type.String()),
  html: Nullable(Type.String()),
  variables: Type.Array(Type.String(), { description: 'What stands between `{{` and `}}` in it.' }),
  created_at: Type.String({ format: 'date-time' }),
  updated_at: Type.String({ format: 'date-time' }),
})
export type Template = Static<typeof Template>

export const FilledTemplate = Type.Object({
  subject: Type.String(),
  text: Nullable(Type.String()),
  html: Nullable(Type.String()),
})

export const TemplateParams = Type.Object({ template_id: Id })

export const textsOf = ({ subject, text_body: text, html_body: html }: TemplateRow) => ({ subject, text, html })

export const templateOf = (row: TemplateRow): Template => ({
  id: row.id,
  name: row.name,
  ...textsOf(row),
  variables: variablesOf(textsOf(row)),
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})
