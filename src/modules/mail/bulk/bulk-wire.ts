import { Type } from 'typebox'
import { Id } from '../reading/wire.ts'
import type { BulkAct } from './bulk-store.ts'

export const BulkActAnswer = Type.Object({
  id: Id,
  kind: Type.String({ enum: ['read_folder', 'empty_folder', 'undo', 'adopt_label', 'delete_label'] }),
  state: Type.String({ enum: ['running', 'done', 'cancelled'], description: '`cancelled`: it was taken back.' }),
  total_count: Type.Integer({ description: 'About how many there were when it began.' }),
  done_count: Type.Integer(),
  act_id: Type.Union([Id, Type.Null()], { description: 'By which POST /undo takes it back; null for what it cannot.' }),
  created_at: Type.String({ format: 'date-time' }),
})

export const bulkActAnswerOf = ({ id, kind, state, total_count, done_count, act_id, created_at }: BulkAct) => ({
  ...{ id, kind, state, total_count, done_count, act_id },
  created_at: created_at.toISOString(),
})
