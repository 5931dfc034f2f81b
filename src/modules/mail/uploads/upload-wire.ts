import { type Static, type TSchema, Type } from 'typebox'
import { Id } from '../reading/wire.ts'
import type { UploadRow } from './upload-store.ts'

/** The forms in which files to be attached travel over HTTP. */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })

export const NewUploadBody = Type.Object(
  {
    filename: Type.String({ minLength: 1, maxLength: 255 }),
    content_type: Type.Optional(Type.String({ maxLength: 200, description: 'Told by the name when it is left out.' })),
    size_bytes: Type.Optional(
      Type.Integer({ minimum: 0, description: 'So that too large a file is refused at once.' }),
    ),
  },
  { examples: [{ filename: 'plan.pdf', content_type: 'application/pdf', size_bytes: 482_133 }] },
)
export type NewUploadBody = Static<typeof NewUploadBody>

export const CopyBody = Type.Object(
  {
    drive_path: Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description: 'A file of your drive.' })),
    message_id: Type.Optional(Type.String({ ...Id, description: 'A message of yours, with `part` or whole.' })),
    part: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]*(\\.[1-9][0-9]*)*$',
        examples: ['2'],
        maxLength: 100,
        description: "The `id` of one of the message's attachments; without it, the message itself is the file.",
      }),
    ),
  },
  { examples: [{ drive_path: '/Plans/May.pdf' }] },
)
export type CopyBody = Static<typeof CopyBody>

export const Upload = Type.Object({
  id: Type.String({ ...Id, description: 'For `attachments` of a draft.' }),
  filename: Type.String(),
  content_type: Type.String(),
  state: Type.String({
    enum: ['waiting', 'receiving', 'stored', 'failed'],
    description: '`waiting` for its bytes; `failed`: they broke off, send them again.',
  }),
  size_bytes: Nullable(Type.Integer({ description: 'As announced, or as it is once it is stored.' })),
  received_bytes: Type.Integer({ description: 'Brought up to date once a second.' }),
  created_at: Time,
  expires_at: Type.String({ format: 'date-time', description: 'Removed then, unless a message uses it.' }),
})
export type Upload = Static<typeof Upload>

export const Copied = Type.Object({
  upload: Nullable(Upload),
  link: Nullable(
    Type.Object(
      { url: Type.String(), name: Type.String(), size_bytes: Type.Integer() },
      { description: 'Instead of a file of the drive that is too large to be attached: put it into the text.' },
    ),
  ),
})
export type Copied = Static<typeof Copied>

export const UploadParams = Type.Object({ upload_id: Id })

export const uploadOf = (row: UploadRow): Upload => ({
  id: row.id,
  filename: row.filename,
  content_type: row.content_type,
  state: row.state,
  size_bytes: row.size_bytes,
  received_bytes: row.received_bytes,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})
