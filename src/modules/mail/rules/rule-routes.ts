import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Executions } from './executions.ts'
import { ruleCodes } from './rule-checks.ts'
import { Execution, etagOfRule, NewRuleBody, Rule, RuleChangeBody, RuleOrderBody, RuleParams } from './rule-wire.ts'
import type { Rules } from './rules.ts'

const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 1000, description: 'The ETag of the version that you have seen; another answers 412.' }),
  ),
})
const gone = { 204: Type.Null({ description: 'Done.' }) }
const keyOf = ({ ownerId, params }: { ownerId: string; params: { rule_id: string } }) => ({
  ownerId,
  id: params.rule_id,
})

const example = {
  name: 'Invoices',
  condition: {
    match: 'all',
    conditions: [
      { field: 'from', operator: 'ends_with', values: ['@supplier.example'] },
      { field: 'subject', operator: 'contains', values: ['invoice', 'facture'] },
    ],
  },
  actions: [{ type: 'star' }, { type: 'move', folder_id: '019a4e2c-7f00-7000-8000-000000000005' }],
}

export function ruleRoutes(rules: Rules, executions: Executions): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.post(
      '/rules',
      {
        schema: {
          summary: 'Have something done with mail as it comes',
          description:
            'Rules run in their order, each once for each message, on what arrives in the inbox; those with ' +
            '`never_junk` also on what arrives in Junk. One that reads the body waits for it, and so do those after it.',
          tags,
          headers: idempotencyHeaders,
          body: { ...NewRuleBody, examples: [example] },
          response: { 201: Rule },
        },
        config: {
          permission: 'mail:write',
          errors: { 404: ['not_found'], 409: ['mail.too_many_rules'], 422: [...ruleCodes, 'idempotency_key_reused'] },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await rules.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).header('etag', etagOfRule(answer.body)).send(answer.body)
      },
    )

    http.get(
      '/rules',
      {
        schema: {
          summary: 'Your rules in the order in which they run, after those of your organisation',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Rule) } },
        },
        config: { permission: 'mail:read' },
      },
      ({ ownerId, query }) => rules.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.put(
      '/rules/order',
      {
        schema: {
          summary: 'Have rules run in another order',
          ...{ tags, body: RuleOrderBody, response: gone },
        },
        config: { permission: 'mail:write', errors: { 404: ['not_found'], 409: ['mail.rule_order_incomplete'] } },
      },
      async ({ ownerId, body }, reply) => {
        await rules.order(ownerId, body.rule_ids)
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/rules/:rule_id',
      {
        schema: { summary: 'A rule', tags, params: RuleParams, response: { 200: Rule } },
        config: { permission: 'mail:read' },
      },
      async (request, reply) => {
        const rule = await rules.view(keyOf(request))
        return reply.header('etag', etagOfRule(rule)).send(rule)
      },
    )

    http.patch(
      '/rules/:rule_id',
      {
        schema: {
          summary: 'Change a rule; what it does from now on is another version of it',
          ...{ tags, params: RuleParams, headers: IfMatch, body: RuleChangeBody, response: { 200: Rule } },
        },
        config: {
          permission: 'mail:write',
          errors: { 403: ['mail.rule_of_organisation'], 412: ['etag_mismatch'], 422: ruleCodes },
        },
      },
      async (request, reply) => {
        const rule = await rules.change(keyOf(request), request.body, request.headers['if-match'])
        return reply.header('etag', etagOfRule(rule)).send(rule)
      },
    )

    http.get(
      '/rules/:rule_id/executions',
      {
        schema: {
          summary: 'What a rule did in the last ninety days, newest first',
          ...{ tags, params: RuleParams, querystring: Type.Object(pageQuery), response: { 200: page(Execution) } },
        },
        config: { permission: 'mail:read' },
      },
      (request) => executions.list(keyOf(request), { cursor: request.query.cursor, limit: request.query.limit ?? 50 }),
    )

    http.delete(
      '/rules/:rule_id',
      {
        schema: { summary: 'Delete a rule and the log of what it did', tags, params: RuleParams, response: gone },
        config: { permission: 'mail:write', errors: { 403: ['mail.rule_of_organisation'] } },
      },
      async (request, reply) => {
        await rules.remove(keyOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
