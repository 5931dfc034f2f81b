import { type Static, type TSchema, Type } from 'typebox'

/** The forms in which mail travels over HTTP; every time is RFC 3339 in UTC. */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
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
})
export type MessageSummary = Static<typeof MessageSummary>

export const Attachment = Type.Object({
  id: Type.String({ description: 'The MIME part number.' }),
  filename: Nullable(Type.String()),
  content_type: Type.String(),
  size_bytes: Type.Integer({ description: 'As it is encoded in the message; base64 is a third larger than the file.' }),
  is_inline: Type.Boolean(),
  content_id: Nullable(Type.String()),
})
export type Attachment = Static<typeof Attachment>

const bodyStates = ['stored', 'pending', 'failed'] as const

export const MessageBody = Type.Object({
  state: Type.String({
    enum: bodyStates,
    description: '`pending`: the mail server did not answer in time, ask again; `failed`: it cannot be read.',
  }),
  text: Nullable(Type.String()),
  html: Nullable(Type.String({ description: 'Sanitised: nothing in it runs, and nothing loads from elsewhere.' })),
  is_truncated: Type.Boolean(),
  blocked_remote_images: Type.Integer({ description: 'Images whose address is now in `data-remote-src`.' }),
})
export type MessageBody = Static<typeof MessageBody>

export const Message = Type.Object({
  ...MessageSummary.properties,
  to: Type.Array(Address),
  cc: Type.Array(Address),
  bcc: Type.Array(Address),
  reply_to: Type.Array(Address),
  message_id_header: Nullable(Type.String()),
  in_reply_to: Nullable(Type.String()),
  references: Type.Array(Type.String()),
  body: MessageBody,
  attachments: Type.Array(Attachment),
})
export type Message = Static<typeof Message>

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
}

export const ThreadSummary = Type.Object({
  ...threadProperties,
  preview: Type.String({ description: 'Of its newest message in the folder.' }),
  last_received_at: Type.String({
    format: 'date-time',
    description: 'When its newest message in the folder came, by which lists are sorted.',
  }),
  message_ids: Type.Array(Id, { description: 'Its messages in the folder, the newest first.' }),
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
