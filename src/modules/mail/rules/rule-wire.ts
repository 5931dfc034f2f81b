import { type Static, Type } from 'typebox'
import { etagOf } from '#platform/http/etag.ts'
import { Id } from '../reading/wire.ts'
import { ConditionBody, ShownCondition } from './condition-wire.ts'
import { type ActionType, actionTypes, namedRoles } from './rule-action.ts'
import type { RuleRow } from './rule-store.ts'

/** The forms in which rules travel over HTTP. */

const Time = Type.String({ format: 'date-time' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

const members = (of: string) => Type.Optional(Type.String({ ...Id, description: of }))

const ofOrganisation = 'In rules of the organisation alone, where it stands for what each mail account has.'

export const ActionBody = Type.Object({
  type: Type.Unsafe<ActionType>(
    Type.String({
      enum: [...actionTypes],
      description:
        '`never_junk`: out of Junk, and no later rule puts it there. `snooze`: comes back `hours` after it came. ' +
        '`forward`: as it is, to a verified target, never in a circle. `reply`: a text or a template of your own, by the ' +
        'limits of RFC 3834. `call_webhook`: sends `mail.rule_webhook_called` to one webhook. `notify`: tells you by an event. ' +
        '`stop`: no later rule looks at the message.',
    }),
  ),
  folder_id: members('For `move` and `copy`.'),
  folder_role: Type.Optional(
    Type.Unsafe<(typeof namedRoles)[number]>(
      Type.String({ enum: [...namedRoles], description: `For \`move\`. ${ofOrganisation}` }),
    ),
  ),
  folder_path: Type.Optional(
    Type.String({
      ...{ minLength: 1, maxLength: 1000 },
      description: `For \`move\` and \`copy\`: names with a slash between them, made where they are missing. ${ofOrganisation}`,
    }),
  ),
  label_names: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
      ...{ minItems: 1, maxItems: 20 },
      description: `For \`label\`: names or keywords, made where they are missing. ${ofOrganisation}`,
    }),
  ),
  email: Type.Optional(
    Type.String({ minLength: 3, maxLength: 320, description: `For \`forward\`. ${ofOrganisation}` }),
  ),
  label_ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 20, description: 'For `label`.' })),
  hours: Type.Optional(Type.Integer({ minimum: 1, maximum: 8760, description: 'For `snooze`.' })),
  target_id: members('For `forward`.'),
  webhook_id: members('For `call_webhook`.'),
  template_id: members(
    'For `reply`, instead of `text` and `subject`; its variables are those of `text`, and those that a draft knows by itself.',
  ),
  subject: Type.Optional(Type.String({ maxLength: 200, description: 'For `reply`; `Re: …` when it is left out.' })),
  text: Type.Optional(
    Type.String({
      ...{ minLength: 1, maxLength: 10_000 },
      description: 'For `reply` and `notify`; `{{subject}}`, `{{from_name}}` and `{{from_email}}` are filled in.',
    }),
  ),
})
export type ActionBody = Static<typeof ActionBody>

const settings = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  mail_account_id: Nullable(Type.String({ ...Id, description: 'Null: for all of your accounts.' })),
  is_enabled: Type.Boolean(),
  condition: ConditionBody,
  actions: Type.Array(ActionBody, { minItems: 1, maxItems: 20, description: 'In the order in which they are done.' }),
}

export const NewRuleBody = Type.Object({
  name: settings.name,
  mail_account_id: Type.Optional(settings.mail_account_id),
  is_enabled: Type.Optional(settings.is_enabled),
  condition: settings.condition,
  actions: settings.actions,
})
export type NewRuleBody = Static<typeof NewRuleBody>

/** A rule that is not made yet, as it is answered. */
export const ProposedRule = Type.Object({ ...NewRuleBody.properties, condition: ShownCondition })

export const RuleChangeBody = Type.Partial(Type.Object(settings), {
  minProperties: 1,
  description: 'What is left out stays as it is.',
})
export type RuleChangeBody = Static<typeof RuleChangeBody>

export const RuleOrderBody = Type.Object({
  rule_ids: Type.Array(Id, { maxItems: 1000, description: 'All of your rules.' }),
})

export const Rule = Type.Object({
  id: Id,
  ...settings,
  condition: ShownCondition,
  is_organisational: Type.Boolean({
    description: 'Your organisation’s: it runs before yours, and is not yours to change.',
  }),
  version: Type.Integer({ description: 'Grows with each change of its condition, actions or account.' }),
  created_at: Time,
  updated_at: Time,
})
export type Rule = Static<typeof Rule>

export const RuleParams = Type.Object({ rule_id: Id })

export const ActionOutcome = Type.Object({
  type: Type.String({ enum: [...actionTypes] }),
  outcome: Type.String({
    enum: ['done', 'unchanged', 'skipped', 'failed'],
    description: '`unchanged`: it was so already; `skipped`: a limit or another rule forbids it.',
  }),
  code: Nullable(Type.String()),
  message: Nullable(Type.String()),
})
export type ActionOutcome = Static<typeof ActionOutcome>

export const Execution = Type.Object({
  rule_id: Id,
  rule_version: Type.Integer(),
  message_id: Id,
  cause: Type.String({ enum: ['arrival', 'application'] }),
  outcome: Type.String({ enum: ['done', 'failed'], description: '`failed`: at least one action did.' }),
  error: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
  actions: Type.Array(ActionOutcome),
  executed_at: Time,
})
export type Execution = Static<typeof Execution>

export const ruleOf = (row: RuleRow): Rule => ({
  id: row.id,
  name: row.name,
  mail_account_id: row.mail_account_id,
  is_enabled: row.is_enabled,
  condition: row.condition,
  // What is stored has just the members of its type.
  actions: row.actions as ActionBody[],
  is_organisational: row.is_organisational,
  version: row.version,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

export const etagOfRule = ({ updated_at: _, ...rule }: Rule): string => etagOf(rule)
