import { type Static, Type } from 'typebox'
import { Address, Id, MessageSummary, Nullable } from '../reading/wire.ts'
import { Authentication, CalendarPart, Security, SenderWarning, Unsubscription } from './view-wire.ts'

/** The forms in which a single message travels over HTTP. */

export const Attachment = Type.Object({
  id: Type.String({ description: 'The MIME part number; `2~1` is the first file within the winmail.dat of part 2.' }),
  filename: Nullable(Type.String()),
  content_type: Type.String({ description: '`message/rfc822` can be opened: GET …/attachments/{id}/message.' }),
  size_bytes: Type.Integer({ description: 'As it is encoded in the message; base64 is a third larger than the file.' }),
  is_inline: Type.Boolean(),
  content_id: Nullable(Type.String()),
})
export type Attachment = Static<typeof Attachment>

const Range = Type.Object({ start: Type.Integer(), end: Type.Integer() })

const shownBody = {
  text: Nullable(Type.String()),
  text_quotes: Type.Array(Range, {
    description: 'What of `text` is quoted, to be folded: from `start` to before `end`, in UTF-16 units.',
  }),
  html: Nullable(
    Type.String({
      description:
        'Sanitised: nothing in it runs, and nothing loads from elsewhere. Quotes have the attribute `data-quote`: `block` is the element, `rest` is it and all that follows. Best shown in a sandboxed frame.',
    }),
  ),
  html_colors: Type.Unsafe<'none' | 'light' | 'adaptive'>(
    Type.String({
      enum: ['none', 'light', 'adaptive'],
      description:
        '`none`: no colours of its own, right on any page; `light`: its colours are on white; `adaptive`: it has others for dark screens.',
    }),
  ),
  html_document_type: Type.String({
    description: 'What a frame for `html` is to begin with, to lay it out as its sender’s page was; empty for none.',
  }),
  is_truncated: Type.Boolean(),
  blocked_remote_images: Type.Integer({
    description:
      'Images, also in backgrounds, that are shown when `remote_images=true` asks for them; until then their address is in `data-remote-src`.',
  }),
  tracking_pixels: Type.Integer({ description: 'Images that only tell when the message is read; they are taken out.' }),
}

const bodyStates = ['stored', 'pending', 'failed'] as const

export const MessageBody = Type.Object({
  state: Type.String({
    enum: bodyStates,
    description: '`pending`: the mail server did not answer in time, ask again; `failed`: it cannot be read.',
  }),
  ...shownBody,
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
  has_details: Type.Boolean({
    description:
      'False while the mail server has not answered: `authentication`, `unsubscription`, `calendar` and files within a winmail.dat are not known yet.',
  }),
  authentication: Nullable(Authentication),
  sender_warnings: Type.Array(SenderWarning),
  unsubscription: Nullable(Unsubscription),
  security: Nullable(Security),
  calendar: Nullable(CalendarPart),
})
export type Message = Static<typeof Message>

export const EnclosedMessage = Type.Object({
  subject: Type.String(),
  from: Address,
  to: Type.Array(Address),
  cc: Type.Array(Address),
  sent_at: Nullable(Type.String({ format: 'date-time' })),
  message_id_header: Nullable(Type.String()),
  body: Type.Object(shownBody),
  attachments: Type.Array(Attachment, { description: 'Fetched like those of the message that encloses it.' }),
})
export type EnclosedMessage = Static<typeof EnclosedMessage>

export const RemoteImagesQuery = Type.Object({
  remote_images: Type.Optional(
    Type.Boolean({
      default: false,
      description: '`true`: remote images are shown, fetched by us so that their sender learns nothing of the reader.',
    }),
  ),
})

export const AttachmentParams = Type.Object({
  message_id: Id,
  attachment_id: Type.String({
    pattern: '^[1-9][0-9]*(\\.[1-9][0-9]*)*(~[1-9][0-9]*)?$',
    examples: ['2'],
    maxLength: 100,
  }),
})
