import { type Static, type TSchema, Type } from 'typebox'

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const maxBodyLength = 100_000
export const defaultRepeatDays = 7

const content = {
  is_enabled: Type.Boolean(),
  starts_at: Type.String({ format: 'date-time' }),
  ends_at: Nullable(
    Type.String({ format: 'date-time', description: 'Nothing is answered from then on. Null: no end.' }),
  ),
  subject: Type.String({ maxLength: 998, description: 'Empty: `Auto:` and the subject that is answered.' }),
  text: Nullable(Type.String({ maxLength: maxBodyLength, description: 'Null: derived from `html`.' })),
  html: Nullable(Type.String({ maxLength: maxBodyLength })),
  repeat_days: Type.Integer({ minimum: 1, maximum: 365, description: 'A sender is answered once in this many days.' }),
}

export const VacationBody = Type.Object({
  is_enabled: content.is_enabled,
  starts_at: Type.Optional(Type.String({ format: 'date-time', description: 'At once if absent.' })),
  ends_at: Type.Optional(content.ends_at),
  subject: Type.Optional(content.subject),
  text: Type.Optional(content.text),
  html: Type.Optional(content.html),
  repeat_days: Type.Optional(Type.Integer({ ...content.repeat_days, description: `${defaultRepeatDays} if absent.` })),
})
export type VacationBody = Static<typeof VacationBody>

export const VacationSettings = Type.Object({ ...content, etag: Type.String({ description: 'For If-Match.' }) })
export type VacationSettings = Static<typeof VacationSettings>
