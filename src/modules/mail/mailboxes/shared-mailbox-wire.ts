import { type Static, Type } from 'typebox'
import { NewAccountBody } from '../accounts/account-wire.ts'
import { NewGrantBody } from './grant-wire.ts'

const Id = Type.String({ format: 'uuid' })

const sample = {
  ...{ id: '019a4e2c-7f00-7000-8000-000000000001', mail_account_id: '019a4e2c-7f00-7000-8000-000000000002' },
  ...{ email: 'support@ulti.example', name: 'Support', state: 'synced', created_at: '2026-05-23T09:00:00.000Z' },
}

export const SharedMailbox = Type.Object(
  {
    id: Id,
    mail_account_id: Type.String({ ...Id, description: 'Under which those who have a role find it.' }),
    email: Type.String(),
    name: Type.String(),
    state: Type.String({ description: 'Of its sync, as in `GET /mail/accounts`.' }),
    created_at: Type.String({ format: 'date-time' }),
  },
  { examples: [sample] },
)
export type SharedMailbox = Static<typeof SharedMailbox>

const server = { host: 'mail.ulti.example', port: 993, security: 'tls', username: 'support', password: 'secret' }

export const NewSharedMailboxBody = Type.Object(
  {
    ...NewAccountBody.properties,
    members: Type.Optional(
      Type.Array(NewGrantBody, { maxItems: 200, description: 'Who has a role from the first on.' }),
    ),
  },
  {
    examples: [
      {
        ...{ email: 'support@ulti.example', name: 'Support', imap: server, smtp: { ...server, port: 465 } },
        members: [{ group: 'support', role: 'send' }],
      },
    ],
  },
)
export type NewSharedMailboxBody = Static<typeof NewSharedMailboxBody>

export const MailboxParams = Type.Object({ mailbox_id: Id })
export const MailboxGrantParams = Type.Object({ mailbox_id: Id, grant_id: Id })
