import { type Static, Type } from 'typebox'
import type { HeldMailbox } from '../mailboxes/access-store.ts'
import { roles } from '../mailboxes/roles.ts'
import type { AccountRow } from './account-store.ts'

/** The forms in which accounts travel over HTTP. Passwords go in and never come out. */

// NUL separates the parts of a SASL PLAIN answer (RFC 4616), line ends those of a protocol.
const withoutControls = '^[^\\u0000-\\u001f\\u007f]+$'

const Endpoint = {
  host: Type.String({
    minLength: 1,
    maxLength: 253,
    pattern: '^[\\p{L}\\p{M}\\p{N}.:_-]+$',
    description: 'A host name or an address.',
    examples: ['mail.example.org'],
  }),
  port: Type.Integer({ minimum: 1, maximum: 65_535, examples: [993] }),
  security: Type.Union([Type.Literal('tls'), Type.Literal('starttls'), Type.Literal('none')], {
    description: '`tls` from the first byte, `starttls` upgrades, `none` only where the operator allows it.',
  }),
  username: Type.String({ minLength: 1, maxLength: 320, pattern: withoutControls, examples: ['ann@example.org'] }),
}

const Server = Type.Object(
  {
    ...Endpoint,
    password: Type.String({ minLength: 1, maxLength: 1024, pattern: withoutControls, examples: ['secret'] }),
  },
  { additionalProperties: false },
)

export const AccountParams = Type.Object({ mail_account_id: Type.String({ format: 'uuid' }) })

const AccountName = Type.String({ maxLength: 100, pattern: '^[^\\u0000-\\u001f\\u007f]*$', examples: ['Work'] })

export const NewAccountBody = Type.Object({
  email: Type.String({ format: 'email', maxLength: 254, description: 'The address that mail is sent from.' }),
  name: Type.Optional(AccountName),
  imap: Server,
  smtp: Server,
})
export type NewAccountBody = Static<typeof NewAccountBody>

const ServerChange = Type.Partial(Server, {
  minProperties: 1,
  description: 'Other settings need the password along with them; a new password may come alone.',
})
export type ServerChange = Static<typeof ServerChange>

export const AccountChangeBody = Type.Object(
  { name: Type.Optional(AccountName), imap: Type.Optional(ServerChange), smtp: Type.Optional(ServerChange) },
  { minProperties: 1, description: 'What is left out stays as it is.' },
)
export type AccountChangeBody = Static<typeof AccountChangeBody>

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })

export const Account = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  name: Type.String(),
  imap: Type.Object(Endpoint),
  smtp: Type.Object(Endpoint),
  oauth_provider: Nullable(
    Type.String({ description: 'Where its owner signs in for it; null for an account with passwords.' }),
  ),
  state: Type.String({
    enum: ['connecting', 'syncing', 'synced', 'paused', 'error', 'needs_reauthentication'],
    description:
      '`error` is tried again by itself; `needs_reauthentication` waits for another sign-in or password, `paused` for its end.',
  }),
  error: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
  sync: Type.Object({
    messages_done: Type.Integer({ description: 'Messages listed so far by the first sync.' }),
    messages_total: Type.Integer({ description: 'Messages that it has to list.' }),
    last_synced_at: Nullable(Time),
  }),
  created_at: Time,
})
export type Account = Static<typeof Account>

/** With what whoever asks may do there. */
export const SeenAccount = Type.Object({
  ...Account.properties,
  role: Type.String({
    enum: [...roles],
    description:
      '`read`: reads, marks as read and stars. `send`: also labels, moves, deletes and sends. `manage`: also rules, ' +
      'folders, settings and the roles of others. `owner`: also disconnects it.',
  }),
  owner: Type.Object(
    {
      kind: Type.String({ enum: ['you', 'person', 'organisation'] }),
      name: Type.String({ description: 'Of the person who lends it; empty otherwise.' }),
    },
    { description: 'Whose it is.' },
  ),
})
export type SeenAccount = Static<typeof SeenAccount>

/** `mailbox` is undefined for an account that nobody else uses. */
export function seenAccountOf(row: AccountRow, mailbox: HeldMailbox | undefined): SeenAccount {
  const { role = 'owner', lender } = mailbox ?? {}
  if (role === 'owner') return { ...accountOf(row), role, owner: { kind: 'you', name: '' } }
  const kind = lender ? 'person' : 'organisation'
  return { ...accountOf(row), role, owner: { kind, name: lender?.name ?? '' } }
}

export function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    imap: row.imap,
    smtp: row.smtp,
    oauth_provider: row.oauth_provider,
    state: row.state,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    sync: {
      messages_done: row.backfill_done,
      messages_total: row.backfill_total,
      last_synced_at: row.last_synced_at?.toISOString() ?? null,
    },
    created_at: row.created_at.toISOString(),
  }
}
