import { type Static, type TSchema, Type } from 'typebox'

/** The forms in which mail travels over HTTP; every time is RFC 3339 in UTC. */

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const Id = Type.String({ format: 'uuid' })
const Time = Type.String({ format: 'date-time' })

export const Address = Type.Object({ name: Type.String(), email: Type.String() })
export type Address = Static<typeof Address>

export const MessageSummary = Type.Object({
  id: Id,
  mail_account_id: Id,
  folder_id: Id,
  thread_id: Id,
  subject: Type.String(),
  from: Address,
  to: Type.Array(Address, { description: 'The first 20; all of them are in the message itself.' }),
  received_at: Time,
  sent_at: Nullable(Time),
  size_bytes: Type.Integer(),
  preview: Type.String({ description: 'The beginning of the text, plain; empty until the text is fetched.' }),
  is_read: Type.Boolean(),
  is_starred: Type.Boolean(),
  is_answered: Type.Boolean(),
  is_draft: Type.Boolean(),
  keywords: Type.Array(Type.String()),
  has_attachments: Type.Boolean(),
  label_ids: Type.Array(Id, { description: 'In the order of their names.' }),
  is_pinned: Type.Boolean(),
  snoozed_until: Nullable(Type.String({ format: 'date-time', description: 'When it comes back to the inbox.' })),
})
export type MessageSummary = Static<typeof MessageSummary>

export const FolderSyncPolicy = Type.Union([Type.Literal('all'), Type.Literal('listing'), Type.Literal('none')], {
  description: '`listing`: bodies are fetched when somebody opens a message; `none`: no message of it is kept here.',
})

const threadProperties = {
  id: Id,
  mail_account_id: Id,
  subject: Type.String({ description: 'That of its oldest message.' }),
  participants: Type.Array(Address, { description: 'Who wrote its newest messages, the newest first; at most 5.' }),
  message_count: Type.Integer({ description: 'Its messages in all folders but Trash and Junk.' }),
  unread_count: Type.Integer(),
  has_attachments: Type.Boolean(),
  is_starred: Type.Boolean(),
  is_pinned: Type.Boolean(),
  is_muted: Type.Boolean({ description: 'Its later messages skip the inbox.' }),
  label_ids: Type.Array(Id, { description: 'Of any of its messages.' }),
}

export const ThreadSummary = Type.Object({
  ...threadProperties,
  preview: Type.String({ description: 'Of its newest message in the list.' }),
  last_received_at: Type.String({
    format: 'date-time',
    description: 'When its newest message in the list came, or came back from a snooze; by which lists are sorted.',
  }),
  message_ids: Type.Array(Id, { description: 'Its messages in the folder, role or label, the newest first.' }),
})
export type ThreadSummary = Static<typeof ThreadSummary>

export const Thread = Type.Object({
  ...threadProperties,
  last_received_at: Time,
  messages: Type.Array(MessageSummary, { description: 'The oldest first; of more than 500 the newest.' }),
})
export type Thread = Static<typeof Thread>

export const Folder = Type.Object({
  id: Id,
  mail_account_id: Id,
  path: Type.String({ description: 'As the mail server names it.' }),
  name: Type.String(),
  parent_id: Nullable(Type.String({ ...Id, description: 'The folder in which it lies.' })),
  role: Nullable(Type.String({ description: '`inbox`, `drafts`, `sent`, `archive`, `junk`, `trash`, …' })),
  total_count: Type.Integer(),
  unread_count: Type.Integer(),
  is_selectable: Type.Boolean({ description: 'Whether it can hold messages.' }),
  is_subscribed: Type.Boolean({ description: 'Whether mail programs are asked to show it.' }),
  sync: FolderSyncPolicy,
})
export type Folder = Static<typeof Folder>

export const MessageParams = Type.Object({ message_id: Id })
