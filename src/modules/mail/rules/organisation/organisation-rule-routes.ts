import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { Id } from '../../reading/wire.ts'
import { ConditionBody, ShownCondition } from '../condition-wire.ts'
import { ruleCodes } from '../rule-checks.ts'
import { ActionBody } from '../rule-wire.ts'
import type { GivenRule, OrganisationRules } from './organisation-rules.ts'

const tags = ['admin']
const permission = 'admin:policies' as const

const members = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  is_enabled: Type.Boolean(),
  actions: Type.Array(ActionBody, { minItems: 1, maxItems: 20 }),
}
const rule = {
  name: 'Lottery',
  is_enabled: true,
  condition: { field: 'subject', operator: 'contains', values: ['you have won'] },
  actions: [{ type: 'mark_junk' }, { type: 'stop' }],
}
const Given = Type.Object(
  {
    rules: Type.Array(
      Type.Object({
        id: Type.Optional(Type.String({ ...Id, description: 'Of the rule that this one is a change of.' })),
        ...{ ...members, condition: ConditionBody },
      }),
      { maxItems: 100, description: 'In the order in which they run, before each person’s own.' },
    ),
  },
  { examples: [{ rules: [rule] }] },
)
const Kept = Type.Object(
  { rules: Type.Array(Type.Object({ id: Id, ...members, condition: ShownCondition })) },
  { examples: [{ rules: [{ id: '019a4e2c-7f00-7000-8000-000000000005', ...rule }] }] },
)

/** For administrators, below their addresses. */
export function organisationRuleRoutes(rules: OrganisationRules): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/mail-rules',
      {
        schema: { summary: 'Rules for everybody’s mail, in their order', tags, response: { 200: Kept } },
        config: { permission },
      },
      async (_request, reply) => {
        const kept = await rules.view()
        return reply.header('etag', rules.etagOf(kept)).send({ rules: kept } as never)
      },
    )
    http.put(
      '/mail-rules',
      {
        schema: {
          summary: 'Replace all rules for everybody’s mail',
          description:
            'They run before each person’s own, on what arrives within seconds from then on; people see them among their ' +
            'rules and cannot change them. They do nothing with a folder, a label, a template or an address of one person.',
          ...{ tags, headers: conditionalHeaders, body: Given, response: { 200: Kept } },
        },
        config: {
          permission,
          errors: { 412: ['etag_mismatch'], 422: [...ruleCodes, 'mail.rule_action_of_one_person'] },
        },
      },
      async (request, reply) => {
        const caller = { personId: request.actor.personId, origin: originOf(request) }
        const kept = await rules.replace(caller, request.body.rules as GivenRule[], request.headers['if-match'])
        return reply.header('etag', rules.etagOf(kept)).send({ rules: kept } as never)
      },
    )
  }
}
