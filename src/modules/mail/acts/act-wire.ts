import { type Static, Type } from 'typebox'
import { Id } from '../reading/wire.ts'
import { refusals } from './action.ts'

/** Messages or conversations in one request. */
const maxIds = 1000

const actionKinds = [
  ...['read', 'unread', 'star', 'unstar', 'pin', 'unpin', 'archive', 'trash', 'junk', 'not_junk'],
  ...['move', 'copy', 'delete', 'label', 'unlabel', 'snooze', 'unsnooze'],
] as const

const Ids = (description: string) =>
  Type.Optional(Type.Array(Id, { minItems: 1, maxItems: maxIds, description: `${description}; at most ${maxIds}.` }))

const sampleIds = ['019a4e2c-7f00-7000-8000-000000000001', '019a4e2c-7f00-7000-8000-000000000002']
const sampleFolder = '019a4e2c-7f00-7000-8000-000000000003'

const requestMembers = {
  action: Type.String({ enum: [...actionKinds] }),
  message_ids: Ids('Messages'),
  thread_ids: Ids('Conversations, answered after the messages'),
  in_folder_id: Type.Optional(
    Type.String({ ...Id, description: 'Of conversations, only what is in this folder; the folder that is open.' }),
  ),
  folder_id: Type.Optional(Type.String({ ...Id, description: 'For `move` and `copy`: where to.' })),
  label_ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 50, description: 'For `label` and `unlabel`.' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'For `snooze`: when it is to come back.' })),
  is_permanent: Type.Optional(
    Type.Boolean({ description: 'For `delete`: also what lies neither in Trash nor in Junk.' }),
  ),
}
export const ActRequestBody = Type.Object(requestMembers, {
  examples: [
    { action: 'read', message_ids: sampleIds },
    { action: 'move', thread_ids: sampleIds, in_folder_id: sampleFolder, folder_id: sampleIds[0] },
  ],
})
export type ActRequestBody = Static<typeof ActRequestBody>

export const ActItemAnswer = Type.Object({
  id: Type.String({ ...Id, description: 'The message or conversation.' }),
  status: Type.String({ enum: ['done', 'unchanged', 'failed'] }),
  copy_ids: Type.Array(Id, { description: 'The messages that its copies are, or that it is in another account.' }),
  error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
})
export type ActItemAnswer = Static<typeof ActItemAnswer>

const Time = Type.String({ format: 'date-time' })

const sampleItems = [
  { id: sampleIds[0], status: 'done', copy_ids: [], error: null },
  { id: sampleIds[1], status: 'failed', copy_ids: [], error: refusals.notFound },
]

const answerMembers = {
  act_id: Type.Union([Id, Type.Null()], { description: 'Null when nothing changed, or it cannot be taken back.' }),
  undo_until: Type.Union([Time, Type.Null()], { description: 'Until then POST /undo takes it back.' }),
  items: Type.Array(ActItemAnswer, { description: 'In the order in which they were asked for.' }),
}
export const ActAnswer = Type.Object(answerMembers, {
  examples: [{ act_id: sampleFolder, undo_until: '2026-05-23T09:00:30.000Z', items: sampleItems }],
})
export type ActAnswer = Static<typeof ActAnswer>

export const UndoAnswer = Type.Object({
  act_id: Type.String({ ...Id, description: 'The act that is taken back.' }),
  bulk_act_id: Type.Union([Id, Type.Null()], {
    description: 'Of an act on more than a thousand messages: what puts them back, chunk by chunk.',
  }),
  items: Type.Array(ActItemAnswer, { description: 'Its messages; none of an act on more than a thousand.' }),
})
export type UndoAnswer = Static<typeof UndoAnswer>
