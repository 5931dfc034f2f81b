import { type Static, type TSchema, Type } from 'typebox'
import { Address, Id } from '../reading/wire.ts'
import { TemplateValues } from '../templates/template-wire.ts'

/** The forms in which drafts travel over HTTP. */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })

const maxRecipients = 500
const maxAttachments = 200
/** Characters of each form of the text. A quoted message of any usual size fits. */
const maxBodyLength = 1_000_000

const DraftRecipients = Type.Array(
  Type.Object({
    name: Type.Optional(Type.String({ maxLength: 200 })),
    email: Type.String({ maxLength: 320, description: 'May be unfinished; it must be an address when it is sent.' }),
  }),
  { maxItems: maxRecipients },
)

const DraftAttachments = Type.Array(
  Type.Object({
    upload_id: Type.String({ ...Id, description: 'A file of yours that was uploaded, or that the draft has already.' }),
    filename: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    content_id: Type.Optional(
      Nullable(
        Type.String({
          pattern: '^[A-Za-z0-9!#$%&*+./=?^_`{|}~@-]{1,200}$',
          examples: ['logo@example.org'],
          description: 'Makes it an inline image: the HTML shows it by `cid:` and this.',
        }),
      ),
    ),
  }),
  { maxItems: maxAttachments, description: 'All of them: those left out are taken off the draft.' },
)

const content = {
  identity_id: Type.Optional(
    Type.String({ ...Id, description: 'As whom it is written; it may be of another mail account.' }),
  ),
  to: Type.Optional(DraftRecipients),
  cc: Type.Optional(DraftRecipients),
  bcc: Type.Optional(DraftRecipients),
  subject: Type.Optional(Type.String({ maxLength: 998 })),
  text: Type.Optional(
    Nullable(
      Type.String({ maxLength: maxBodyLength, description: 'Null: it is derived from `html` when it is sent.' }),
    ),
  ),
  html: Type.Optional(
    Nullable(Type.String({ maxLength: maxBodyLength, description: 'A new one without `text` drops the old text.' })),
  ),
  attachments: Type.Optional(DraftAttachments),
}

const example = {
  to: [{ name: 'Bob', email: 'bob@example.org' }],
  subject: 'Plans for May',
  html: '<p>Dear Bob, …</p>',
}

export const NewDraftBody = Type.Object(
  {
    mail_account_id: Type.Optional(Type.String({ ...Id, description: 'Needed unless `identity_id` is there.' })),
    ...content,
    in_reply_to_message_id: Type.Optional(Type.String({ ...Id, description: 'A message of yours that this answers.' })),
    template_id: Type.Optional(
      Type.String({ ...Id, description: 'What it begins as; `subject`, `text` and `html` come before it.' }),
    ),
    variables: Type.Optional(TemplateValues),
    has_signature: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether it begins with the signature of its identity; it never does when it comes with a text.',
      }),
    ),
  },
  { examples: [{ mail_account_id: '019a4e2c-7f00-7000-8000-000000000001', ...example }] },
)
export type NewDraftBody = Static<typeof NewDraftBody>

export const DraftChangeBody = Type.Object(content, {
  minProperties: 1,
  description: 'What is left out stays.',
  examples: [{ subject: 'Plans for June', attachments: [{ upload_id: '019a4e2c-7f00-7000-8000-000000000008' }] }],
})
export type DraftChangeBody = Static<typeof DraftChangeBody>

const DraftAttachment = Type.Object({
  upload_id: Id,
  filename: Type.String(),
  content_type: Type.String(),
  size_bytes: Type.Integer(),
  content_id: Nullable(Type.String()),
})

export const DraftSummary = Type.Object({
  id: Id,
  mail_account_id: Id,
  to: Type.Array(Address),
  cc: Type.Array(Address),
  bcc: Type.Array(Address),
  subject: Type.String(),
  preview: Type.String(),
  attachments: Type.Array(DraftAttachment),
  is_opened: Type.Boolean({
    description: 'False: another mail program wrote it, and its attachments are known once it is opened.',
  }),
  in_reply_to: Nullable(Type.String()),
  origin: Nullable(
    Type.Object(
      { message_id: Id, act: Type.String({ enum: ['reply', 'forward'] }) },
      { description: 'The message that it answers or forwards.' },
    ),
  ),
  etag: Type.String({ description: 'For If-Match.' }),
  created_at: Time,
  updated_at: Time,
})
export type DraftSummary = Static<typeof DraftSummary>

export const Draft = Type.Object({
  ...DraftSummary.properties,
  identity_id: Id,
  from: Address,
  reply_to: Type.Array(Address),
  text: Nullable(Type.String()),
  html: Nullable(Type.String({ description: 'As it was written: show it where nothing of it runs.' })),
  references: Type.Array(Type.String()),
  parts: Type.Array(Type.Object({ content_type: Type.String() }), {
    description: 'What goes with it besides text and files, such as the answer to an invitation.',
  }),
})
export type Draft = Static<typeof Draft>

export const DraftParams = Type.Object({ draft_id: Id })
