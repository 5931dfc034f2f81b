import { type Static, Type } from 'typebox'
import { Id, MessageSummary } from '../reading/wire.ts'
import { ConditionBody } from './condition-wire.ts'
import type { PassRow } from './pass-store.ts'
import { ActionBody } from './rule-wire.ts'

/** The forms in which passes over stored mail travel over HTTP. */

const maxSimulated = 10_000

const Time = Type.String({ format: 'date-time' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const FolderIds = Type.Array(Id, {
  ...{ minItems: 1, maxItems: 50 },
  description: 'Only these folders; all but those of drafts, sent, junk and deleted mail when they are left out.',
})

export const SimulationBody = Type.Object({
  condition: ConditionBody,
  actions: Type.Array(ActionBody, { minItems: 1, maxItems: 20 }),
  mail_account_id: Type.Optional(Nullable(Id)),
  folder_ids: Type.Optional(FolderIds),
  message_count: Type.Optional(
    Type.Integer({ minimum: 1, maximum: maxSimulated, default: 1000, description: 'So many of the newest messages.' }),
  ),
})
export type SimulationBody = Static<typeof SimulationBody>

export const ApplicationBody = Type.Object({ folder_ids: Type.Optional(FolderIds) })
export type ApplicationBody = Static<typeof ApplicationBody>

export const Pass = Type.Object({
  id: Id,
  state: Type.String({ enum: ['running', 'done', 'cancelled', 'failed'] }),
  error_code: Nullable(Type.String()),
  total_count: Type.Integer({ description: 'Messages to look at, about.' }),
  examined_count: Type.Integer(),
  matched_count: Type.Integer(),
  failed_count: Type.Integer({ description: 'Fitting messages to which an action could not be done.' }),
  undecided_count: Type.Integer({
    description: 'Messages of which the mail server did not give what the condition asks for.',
  }),
  created_at: Time,
  finished_at: Nullable(Time),
})
export type Pass = Static<typeof Pass>

export const Application = Type.Object({ ...Pass.properties, rule_id: Id, rule_version: Type.Integer() })
export type Application = Static<typeof Application>

export const SimulatedMatch = Type.Object({
  message_id: Id,
  message: Nullable(MessageSummary),
  decided_by: Type.Array(
    Type.Object({
      path: Type.String({ description: 'Where in the condition: `conditions.0.conditions.2`; empty for all of it.' }),
      condition: Type.Unknown(),
      is_fulfilled: Type.Boolean({ description: 'False for what must not be, in a group of `none`.' }),
    }),
  ),
  actions: Type.Array(
    Type.Object({
      type: Type.String(),
      outcome: Type.String({ enum: ['done', 'skipped'] }),
      code: Nullable(Type.String()),
      message: Nullable(Type.String()),
    }),
    { description: 'What would be done, had the message just come.' },
  ),
})
export type SimulatedMatch = Static<typeof SimulatedMatch>

export const passOf = (row: PassRow): Pass => ({
  id: row.id,
  state: row.state,
  error_code: row.error_code,
  total_count: row.total_count,
  examined_count: row.examined_count,
  matched_count: row.matched_count,
  failed_count: row.failed_count,
  undecided_count: row.undecided_count,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
})

export const applicationOf = (row: PassRow): Application => ({
  ...passOf(row),
  rule_id: row.rule_id ?? '',
  rule_version: row.rule_version ?? 0,
})
