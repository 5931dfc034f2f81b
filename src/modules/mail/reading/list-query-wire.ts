import { Type } from 'typebox'
import { pageQuery } from '#platform/http/routes.ts'
import { Id } from './wire.ts'

const onlyTrue = (description: string) => Type.Optional(Type.Boolean({ enum: [true], description }))
const address = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 320, description }))
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

const roles = ['inbox', 'sent', 'drafts', 'archive', 'junk', 'trash', 'all', 'flagged', 'important', 'snoozed']

/** Where a list looks, and what it shows of that. */
export const listQuery = Type.Object({
  folder_id: Type.Optional({ ...Id, description: 'A folder. This, `role` or `label_id` says where to look.' }),
  role: Type.Optional(
    Type.String({
      enum: roles,
      description: 'The folders with that role in all accounts: `inbox` is the unified inbox.',
    }),
  ),
  label_id: Type.Optional({
    ...Id,
    description: 'What has the label: in the folder or role, or everywhere but in Trash and Junk.',
  }),
  is_unread: onlyTrue('`true`: only what is unread.'),
  is_starred: onlyTrue('`true`: only what is starred.'),
  has_attachments: onlyTrue('`true`: only what has attachments.'),
  from: address('From that address, or from a domain (`example.org`) and those below it.'),
  to: address('To, Cc or Bcc that address or domain.'),
  received_after: time('Received at that time or later.'),
  received_before: time('Received before that time.'),
  ...pageQuery,
})
