import { Type } from 'typebox'

const Id = Type.String({ format: 'uuid' })
const Time = Type.String({ format: 'date-time' })
const MailAccounts = Type.String({
  enum: ['own', 'shared'],
  description:
    '`own`: they are the recipient’s. `shared`: they are the organisation’s, and the recipient manages them.',
})

export const TransferParams = Type.Object({ person_id: Id, transfer_id: Id })

export const TransferBody = Type.Object(
  {
    to_person_id: Type.String({ format: 'uuid', description: 'Who gets it.' }),
    mail_accounts: Type.Optional({ ...MailAccounts, default: 'own' }),
  },
  { examples: [{ to_person_id: '0197a1b2-1111-7e5f-8a9b-0c1d2e3f4a5b', mail_accounts: 'shared' }] },
)

const Part = Type.Object({
  state: Type.String({ enum: ['running', 'done', 'incomplete'] }),
  counts: Type.Record(Type.String(), Type.Integer(), { description: 'What was handed over so far.' }),
  errors: Type.Array(Type.Object({ what: Type.String(), code: Type.String() }), {
    description: 'What was not, the first hundred.',
  }),
})

const sample = {
  ...{ id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', to_person_id: '0197a1b2-1111-7e5f-8a9b-0c1d2e3f4a5b' },
  ...{ mail_accounts: 'shared', state: 'incomplete', created_at: '2026-05-23T09:00:00.000Z' },
  parts: {
    mail: { state: 'done', counts: { accounts: 2 }, errors: [] },
    nextcloud: {
      ...{ state: 'incomplete', counts: { files: 412, events: 96, contacts: 80 } },
      errors: [{ what: 'files/Plans/huge.zip', code: 'storage_full' }],
    },
  },
  finished_at: '2026-05-23T09:04:00.000Z',
}

export const Transfer = Type.Object(
  {
    id: Id,
    to_person_id: Id,
    mail_accounts: MailAccounts,
    state: Type.String({
      enum: ['pending', 'running', 'done', 'incomplete'],
      description: '`incomplete`: some of it could not be handed over; ask again once that is put right.',
    }),
    parts: Type.Record(Type.String(), Part),
    created_at: Time,
    finished_at: Type.Union([Time, Type.Null()]),
  },
  { examples: [sample] },
)

export const TransferList = Type.Object({ items: Type.Array(Transfer) }, { examples: [{ items: [sample] }] })
