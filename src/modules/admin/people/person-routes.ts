import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { callerOf, directoryErrors } from '../admin-schemas.ts'
import type { People } from './people.ts'
import {
  Invitation,
  InvitationMail,
  NewPersonBody,
  Person,
  PersonChangeBody,
  PersonParams,
  personFilters,
} from './person-wire.ts'
import type { Suspensions } from './suspensions.ts'

const tags = ['admin']
const permission = 'admin:users' as const

export function personRoutes(people: People, suspensions: Suspensions): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/people',
      {
        schema: {
          summary: 'Everybody, with what the suite knows of each',
          ...{ tags, querystring: Type.Object({ ...pageQuery, ...personFilters }), response: { 200: page(Person) } },
        },
        config: { permission, errors: directoryErrors() },
      },
      ({ query: { limit = 50, cursor, is_active: isActive, ...query } }) =>
        people.list({ ...query, limit, cursor, isActive }),
    )

    http.post(
      '/people',
      {
        schema: {
          summary: 'Make a person known before their first sign-in',
          ...{ tags, headers: idempotencyHeaders, body: NewPersonBody, response: { 201: Person } },
        },
        config: {
          permission,
          errors: directoryErrors({
            409: ['admin.directory_off', 'admin.name_taken'],
            422: ['admin.unknown_group', 'admin.directory_refused', 'idempotency_key_reused'],
          }),
        },
      },
      async (request, reply) => {
        const person = await people.create(callerOf(request), request.body, request.headers['idempotency-key'])
        return reply.code(201).send(person)
      },
    )

    http.get(
      '/people/:person_id',
      {
        schema: { summary: 'A person', tags, params: PersonParams, response: { 200: Person } },
        config: { permission, errors: directoryErrors() },
      },
      ({ params }) => people.view(params.person_id),
    )

    http.patch(
      '/people/:person_id',
      {
        schema: {
          summary: 'Change what the directory says of a person; what is left out stays',
          ...{ tags, params: PersonParams, body: PersonChangeBody, response: { 200: Person } },
        },
        config: {
          permission,
          errors: directoryErrors({
            409: ['admin.directory_off', 'admin.name_taken'],
            422: ['admin.unknown_group', 'admin.directory_refused'],
          }),
        },
      },
      (request) => people.update(callerOf(request), request.params.person_id, request.body),
    )

    http.post(
      '/people/:person_id/invitation',
      {
        schema: {
          summary: 'Get a link by which a person chooses a password',
          ...{ tags, params: PersonParams, response: { 200: Invitation } },
        },
        config: { permission, errors: directoryErrors({ 409: ['admin.directory_off', 'admin.invitations_off'] }) },
      },
      async (request, reply) => {
        const invitation = await people.invite(callerOf(request), request.params.person_id)
        return reply.header('cache-control', 'no-store').send(invitation)
      },
    )

    http.post(
      '/people/:person_id/invitation/mail',
      {
        schema: {
          summary: 'Have that link mailed to the person by the directory',
          ...{ tags, params: PersonParams, headers: idempotencyHeaders, response: { 202: InvitationMail } },
        },
        config: {
          permission,
          errors: directoryErrors({
            409: ['admin.directory_off', 'admin.invitations_off', 'admin.no_address'],
            422: ['idempotency_key_reused'],
          }),
        },
      },
      async (request, reply) => {
        const key = request.headers['idempotency-key']
        return reply.code(202).send(await people.mailInvitation(callerOf(request), request.params.person_id, key))
      },
    )

    http.put(
      '/people/:person_id/suspension',
      {
        schema: {
          summary: 'Keep a person out, at once and everywhere',
          description:
            'Sessions, sockets, sync and sending end with the answer. Other systems that do not answer now are told as ' +
            'soon as they do: see `outside`.',
          ...{ tags, params: PersonParams, response: { 200: Person } },
        },
        config: { permission, errors: directoryErrors({ 409: ['admin.own_person'] }) },
      },
      async (request) => {
        await suspensions.suspend(callerOf(request), request.params.person_id)
        return people.view(request.params.person_id)
      },
    )

    http.delete(
      '/people/:person_id/suspension',
      {
        schema: { summary: 'Let a person in again', tags, params: PersonParams, response: { 200: Person } },
        config: { permission, errors: directoryErrors({ 409: ['admin.own_person'] }) },
      },
      async (request) => {
        await suspensions.reactivate(callerOf(request), request.params.person_id)
        return people.view(request.params.person_id)
      },
    )
  }
}
