import { Type } from 'typebox'

const Time = Type.String({ format: 'date-time' })
const nullable = (type: ReturnType<typeof Type.String>) => Type.Union([type, Type.Null()])
const Anything = (description: string) =>
  Type.Union([Type.Unsafe<unknown>({ type: 'object', additionalProperties: true, description }), Type.Null()])

export const ExportParams = Type.Object({
  person_id: Type.String({ format: 'uuid' }),
  export_id: Type.String({ format: 'uuid' }),
})

export const Export = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    state: Type.String({ enum: ['pending', 'running', 'done', 'failed'] }),
    size_bytes: Type.Union([Type.Integer(), Type.Null()]),
    sha256: nullable(Type.String()),
    report: Anything('How many files and bytes of which part, and what could not be had.'),
    error_code: nullable(Type.String()),
    created_at: Time,
    finished_at: nullable(Time),
    expires_at: nullable(Time),
  },
  {
    examples: [
      {
        ...{ id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', state: 'done', size_bytes: 73_400_320, sha256: '9e1a' },
        report: { file_count: 41, missing: [], parts: { mail: { files: 9, bytes: 70_000_000 } } },
        ...{ error_code: null, created_at: '2026-05-23T09:00:00.000Z', finished_at: '2026-05-23T09:04:00.000Z' },
        expires_at: '2026-05-30T09:04:00.000Z',
      },
    ],
  },
)

export const ErasureBody = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 320, description: 'The name at sign-in, the address or the id.' }) },
  { examples: [{ name: 'bob' }] },
)

export const Erasure = Type.Object(
  {
    state: Type.String({ enum: ['planned', 'running', 'done'] }),
    starts_at: nullable(Time),
    finished_at: nullable(Time),
    error_code: Type.Union([Type.String(), Type.Null()], { description: 'Of the last attempt; it is tried again.' }),
    report: Anything('What was removed where.'),
  },
  {
    examples: [
      {
        ...{ state: 'done', starts_at: null, finished_at: '2026-05-23T10:00:00.000Z', error_code: null },
        report: { systems: ['nextcloud', 'directory'], objects: 12, rows: { mail_message: 4711 }, jobs: 0 },
      },
    ],
  },
)
