import { type Static, Type } from 'typebox'
import { Id, Nullable } from '../reading/wire.ts'
import type { ImportRow } from './import-store.ts'

/** The forms in which imports travel over HTTP. */

const Time = Type.String({ format: 'date-time' })
const format = Type.Unsafe<'mbox' | 'eml'>(
  Type.String({ enum: ['mbox', 'eml'], description: '`mbox`: any number of messages; `eml`: a single one.' }),
)

export const NewImportBody = Type.Object(
  {
    folder_id: { ...Id, description: 'Where its messages are put.' },
    format,
    filename: Type.Optional(Type.String({ maxLength: 255, description: 'For people.' })),
    is_read: Type.Optional(
      Type.Boolean({ default: true, description: 'Whether messages that do not say it themselves are read.' }),
    ),
  },
  { examples: [{ folder_id: '019a4e2c-7f00-7000-8000-000000000002', format: 'mbox', filename: 'Archive.mbox' }] },
)
export type NewImportBody = Static<typeof NewImportBody>

export const Import = Type.Object({
  id: Id,
  mail_account_id: Id,
  folder_id: Id,
  format,
  filename: Type.String(),
  is_read: Type.Boolean(),
  state: Type.String({
    enum: ['receiving', 'queued', 'running', 'done', 'failed', 'cancelled'],
    description:
      '`receiving`: its file is not all here; `failed`: it stands still, `error_code` says why, and it can be resumed.',
  }),
  size_bytes: Nullable(Type.Integer({ description: 'Of the file, once that is known.' })),
  received_bytes: Type.Integer({ description: 'Where the upload goes on.' }),
  read_bytes: Type.Integer({ description: 'How far the import is.' }),
  imported_count: Type.Integer(),
  skipped_count: Type.Integer({ description: 'Messages that the folder had already.' }),
  failed_count: Type.Integer(),
  failures: Type.Array(
    Type.Object({
      position: Type.Integer({ description: 'Where the message begins in the file.' }),
      subject: Type.String(),
      reason: Type.String({ description: 'For people.' }),
    }),
    { description: 'The first 100 of them.' },
  ),
  error_code: Nullable(Type.String()),
  error_message: Nullable(Type.String()),
  created_at: Time,
  finished_at: Nullable(Time),
})
export type Import = Static<typeof Import>

export const ImportParams = Type.Object({ import_id: Id })

export const importOf = (row: ImportRow): Import => ({
  id: row.id,
  mail_account_id: row.mail_account_id,
  folder_id: row.folder_id,
  format: row.format,
  filename: row.filename,
  is_read: row.is_read,
  state: row.state,
  size_bytes: row.size_bytes,
  received_bytes: row.received_bytes,
  read_bytes: row.read_bytes,
  imported_count: row.imported_count,
  skipped_count: row.skipped_count,
  failed_count: row.failed_count,
  failures: row.failures,
  error_code: row.error_code,
  error_message: row.error_message,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})
