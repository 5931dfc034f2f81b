import { type Static, Type } from 'typebox'
import { Address, Id } from '../reading/wire.ts'
import type { IdentityRow } from './identity-store.ts'

/** The forms in which identities travel over HTTP. */

const Email = Type.String({ minLength: 3, maxLength: 254, examples: ['ann@example.org'] })
const Signature = Type.String({ maxLength: 50_000 })

const content = {
  name: Type.Optional(Type.String({ maxLength: 200, examples: ['Ann Example'] })),
  reply_to: Type.Optional(
    Type.Array(Type.Object({ name: Type.Optional(Type.String({ maxLength: 200 })), email: Email }), {
      maxItems: 10,
      description: 'Where answers are to go instead.',
    }),
  ),
  signature_text: Type.Optional(Signature),
  signature_html: Type.Optional(
    Type.String({ maxLength: 50_000, description: 'Alone, it makes the text of the signature as well.' }),
  ),
  is_default: Type.Optional(
    Type.Literal(true, { description: 'Messages from the account are under it when none is chosen.' }),
  ),
}

export const NewIdentityBody = Type.Object(
  {
    mail_account_id: Type.String({ ...Id, description: 'The account that sends what is written under it.' }),
    email: Type.String({ ...Email, description: "The account's own address or an alias of it." }),
    ...content,
  },
  {
    examples: [
      {
        mail_account_id: '019a4e2c-7f00-7000-8000-000000000001',
        email: 'sales@example.org',
        name: 'Ann from Sales',
        signature_html: '<p>Kind regards<br>Ann</p>',
      },
    ],
  },
)
export type NewIdentityBody = Static<typeof NewIdentityBody>

export const IdentityChangeBody = Type.Object(
  { email: Type.Optional(Email), ...content },
  { minProperties: 1, description: 'What is left out stays.' },
)
export type IdentityChangeBody = Static<typeof IdentityChangeBody>

export const Identity = Type.Object({
  id: Id,
  mail_account_id: Id,
  name: Type.String(),
  email: Type.String(),
  reply_to: Type.Array(Address),
  signature_text: Type.String(),
  signature_html: Type.String(),
  is_default: Type.Boolean(),
  created_at: Type.String({ format: 'date-time' }),
})
export type Identity = Static<typeof Identity>

export const IdentityParams = Type.Object({ identity_id: Id })

export const identityOf = (row: IdentityRow): Identity => ({
  id: row.id,
  mail_account_id: row.mail_account_id,
  name: row.name,
  email: row.email,
  reply_to: row.reply_to,
  signature_text: row.signature_text,
  signature_html: row.signature_html,
  is_default: row.is_default,
  created_at: row.created_at.toISOString(),
})
