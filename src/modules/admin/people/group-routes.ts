import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { page, pageQuery } from '#platform/http/routes.ts'
import { callerOf, directoryErrors, Nothing } from '../admin-schemas.ts'
import { Group, GroupBody, GroupParams, MemberParams } from './group-wire.ts'
import type { Groups } from './groups.ts'

const tags = ['admin']
const permission = 'admin:users' as const
const errors = directoryErrors({ 409: ['admin.directory_off'] })
const namingErrors = directoryErrors({
  409: ['admin.directory_off', 'admin.name_taken'],
  422: ['admin.directory_refused'],
})

export function groupRoutes(groups: Groups): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/groups',
      {
        schema: {
          summary: 'Groups, and what each grants',
          ...{ tags, response: { 200: page(Group) } },
          querystring: Type.Object({
            ...pageQuery,
            search: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          }),
        },
        config: { permission, errors },
      },
      ({ query: { limit = 50, cursor, search } }) => groups.list({ search, limit, cursor }),
    )

    http.post(
      '/groups',
      {
        schema: { summary: 'Make a group', tags, body: GroupBody, response: { 201: Group } },
        config: { permission, errors: namingErrors },
      },
      async (request, reply) => reply.code(201).send(await groups.create(callerOf(request), request.body.name)),
    )

    http.get(
      '/groups/:group_id',
      {
        schema: { summary: 'A group', tags, params: GroupParams, response: { 200: Group } },
        config: { permission, errors },
      },
      ({ params }) => groups.view(params.group_id),
    )

    http.patch(
      '/groups/:group_id',
      {
        schema: { summary: 'Rename a group', tags, params: GroupParams, body: GroupBody, response: { 200: Group } },
        config: { permission, errors: namingErrors },
      },
      (request) => groups.rename(callerOf(request), request.params.group_id, request.body.name),
    )

    http.delete(
      '/groups/:group_id',
      {
        schema: { summary: 'Delete a group; its members stay', tags, params: GroupParams, response: { 204: Nothing } },
        config: { permission, errors },
      },
      async (request, reply) => {
        await groups.remove(callerOf(request), request.params.group_id)
        return reply.code(204).send(null)
      },
    )

    http.put(
      '/groups/:group_id/members/:person_id',
      {
        schema: { summary: 'Put a person into a group', tags, params: MemberParams, response: { 204: Nothing } },
        config: { permission, errors },
      },
      async (request, reply) => {
        const { group_id: groupId, person_id: personId } = request.params
        await groups.add(callerOf(request), { groupId, personId })
        return reply.code(204).send(null)
      },
    )

    http.delete(
      '/groups/:group_id/members/:person_id',
      {
        schema: { summary: 'Take a person out of a group', tags, params: MemberParams, response: { 204: Nothing } },
        config: { permission, errors },
      },
      async (request, reply) => {
        const { group_id: groupId, person_id: personId } = request.params
        await groups.take(callerOf(request), { groupId, personId })
        return reply.code(204).send(null)
      },
    )
  }
}
