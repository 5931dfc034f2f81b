import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { callerOf } from '../admin-schemas.ts'
import { PersonParams } from '../people/person-wire.ts'
import type { PolicyEditing } from './policies.ts'
import type { Policies } from './policy.ts'
import { EffectivePolicy, PoliciesBody } from './policy-wire.ts'

const tags = ['admin']
const permission = 'admin:policies' as const

export function policyRoutes(policies: PolicyEditing): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/policies',
      { schema: { summary: 'All policies', tags, response: { 200: PoliciesBody } }, config: { permission } },
      async (_request, reply) => {
        const current = await policies.view()
        return reply.header('etag', policies.etagOf(current)).send(current as never)
      },
    )
    http.put(
      '/policies',
      {
        schema: {
          summary: 'Replace all policies',
          description:
            'In force within five seconds; which modules may be used, for access tokens that are in use, within a minute. ' +
            'Passwords and second factors are the sign-in service’s.',
          ...{ tags, headers: conditionalHeaders, body: PoliciesBody, response: { 200: PoliciesBody } },
        },
        config: { permission, errors: { 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const next = await policies.replace(callerOf(request), request.body as Policies, request.headers['if-match'])
        return reply.header('etag', policies.etagOf(next)).send(next as never)
      },
    )
    http.get(
      '/policies/effective/:person_id',
      {
        schema: {
          summary: 'What holds for a person, and by whose word',
          ...{ tags, params: PersonParams, response: { 200: EffectivePolicy } },
        },
        config: { permission },
      },
      async ({ params }) => (await policies.effective(params.person_id)) as never,
    )
  }
}
