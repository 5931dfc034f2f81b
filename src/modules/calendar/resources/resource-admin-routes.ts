import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page } from '#platform/http/routes.ts'
import { NewResource, Resource, ResourceChange, ResourceListQuery } from './resource-wire.ts'
import type { Resources } from './resources.ts'

const tags = ['admin']
const permission = 'admin:users' as const
const Params = Type.Object({ resource_id: Type.String({ format: 'uuid' }) })
const staleness = { permission, errors: { 412: ['etag_mismatch'] } }

/** For administrators, below their addresses. */
export function resourceAdminRoutes(resources: Resources): FastifyPluginAsyncTypebox {
  const callerOf = (request: Parameters<typeof originOf>[0] & { actor: { personId: string } }) => ({
    personId: request.actor.personId,
    origin: originOf(request),
  })
  return async (http) => {
    http.get(
      '/resources',
      {
        schema: {
          summary: 'Rooms and equipment of the organisation',
          ...{ tags, querystring: ResourceListQuery, response: { 200: page(Resource) } },
        },
        config: { permission },
      },
      ({ query }) => resources.list(query),
    )
    http.post(
      '/resources',
      {
        schema: {
          summary: 'Add a room or equipment',
          ...{ tags, headers: idempotencyHeaders, body: NewResource, response: { 201: Resource } },
        },
        config: {
          permission,
          errors: { 409: ['calendar.resource_email_taken'], 422: ['idempotency_key_reused'] },
        },
      },
      async (request, reply) => {
        const made = await resources.create(callerOf(request), request.body, request.headers['idempotency-key'])
        return reply.code(201).header('etag', made.etag).send(made)
      },
    )
    http.get(
      '/resources/:resource_id',
      {
        schema: { summary: 'A room or equipment', tags, params: Params, response: { 200: Resource } },
        config: { permission },
      },
      async ({ params }, reply) => {
        const resource = await resources.view(params.resource_id)
        return reply.header('etag', resource.etag).send(resource)
      },
    )
    http.put(
      '/resources/:resource_id',
      {
        schema: {
          summary: 'Replace what is said of a room or equipment',
          description: 'Its address stays, and so does what is booked.',
          ...{ tags, params: Params, headers: conditionalHeaders, body: ResourceChange, response: { 200: Resource } },
        },
        config: staleness,
      },
      async (request, reply) => {
        const { params, headers, body } = request
        const changed = await resources.replace(callerOf(request), params.resource_id, body, headers['if-match'])
        return reply.header('etag', changed.etag).send(changed)
      },
    )
    http.delete(
      '/resources/:resource_id',
      {
        schema: {
          summary: 'Remove a room or equipment, with its bookings',
          ...{ tags, params: Params, headers: conditionalHeaders },
          response: { 204: Type.Null({ description: 'Gone.' }) },
        },
        config: staleness,
      },
      async (request, reply) => {
        await resources.remove(callerOf(request), request.params.resource_id, request.headers['if-match'])
        return reply.code(204).send(null)
      },
    )
  }
}
