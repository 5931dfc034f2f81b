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

const namingCodes = ['mail.rule_action_of_one_person', 'mail.folder_name_invalid', 'mail.label_name_invalid']

const members = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  is_enabled: Type.Boolean(),
  groups: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
    maxItems: 50,
    description: 'It is for the mail of whoever is in one of them; for everybody’s when there are none.',
  }),
  actions: Type.Array(ActionBody, { minItems: 1, maxItems: 20 }),
}
const rule = {
  name: 'Lottery',
  is_enabled: true,
  groups: ['teachers'],
  condition: { field: 'subject', operator: 'contains', values: ['you have won'] },
  actions: [
    { type: 'label', label_names: ['Lottery'] },
    { type: 'move', folder_path: 'Suspects/Lotteries' },
  ],
}
const Given = Type.Object(
  {
    rules: Type.Array(
      Type.Object({
        id: Type.Optional(Type.String({ ...Id, description: 'Of the rule that this one is a change of.' })),
        ...{ ...members, groups: Type.Optional(members.groups), condition: ConditionBody },
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
        schema: {
          summary: 'Rules for the mail of everybody or of groups, in their order',
          tags,
          response: { 200: Kept },
        },
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
          summary: 'Replace all rules for the mail of everybody or of groups',
          description:
            'They run before each person’s own, in their order, on what arrives within seconds from then on; people see them ' +
            'among their rules and cannot change them. Folders and labels are named, and found or made in each mail account; ' +
            'an address to forward to needs no code, and what `forwarding` of the policies forbids is not forwarded. What ' +
            'cannot be done leaves the mail where it is, and is in the executions of the rule. A shared mailbox is in no ' +
            'group; one that is lent is in those of whoever lends it.',
          ...{ tags, headers: conditionalHeaders, body: Given, response: { 200: Kept } },
        },
        config: {
          permission,
          errors: { 412: ['etag_mismatch'], 422: [...ruleCodes, ...namingCodes] },
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
