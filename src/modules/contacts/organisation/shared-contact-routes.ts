import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { CardMembers, cardExample, NewCardBody } from '../card/card-wire.ts'
import type { SharedContactBody, SharedContacts } from './shared-contacts.ts'

const tags = ['admin']
const permission = 'admin:users' as const
const Params = Type.Object({ contact_id: Type.String({ format: 'uuid' }) })
const groups = Type.Union([Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 }), Type.Null()], {
  description: 'Whose members see it; null for everybody.',
})
const Body = Type.Object(
  { groups, card: NewCardBody },
  {
    examples: [
      { groups: null, card: { name: { full: 'Front desk' }, emails: { e1: { address: 'desk@ulti.example' } } } },
    ],
  },
)
const Shared = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    groups,
    card: Type.Object(CardMembers),
    etag: Type.String(),
    updated_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        ...{ id: '019a4e2c-7f00-7000-8000-000000000005', groups: ['sales'], etag: '"019a4e2c"' },
        card: {
          ...{ ...cardExample, uid: '019a4e2c-7f00-7000-8000-000000000005', kind: 'individual' },
          name: { full: 'Grace Hopper', ...cardExample.name },
        },
        updated_at: '2026-05-23T09:00:00.000Z',
      },
    ],
  },
)

/** For administrators, below their addresses. */
export function sharedContactRoutes(contacts: SharedContacts): FastifyPluginAsyncTypebox {
  const callerOf = (request: Parameters<typeof originOf>[0] & { actor: { personId: string } }) => ({
    personId: request.actor.personId,
    origin: originOf(request),
  })
  return async (http) => {
    http.get(
      '/shared-contacts',
      {
        schema: {
          summary: 'The address book of the organisation',
          ...{ tags, response: { 200: page(Shared) } },
          querystring: Type.Object({ ...pageQuery, q: Type.Optional(Type.String({ maxLength: 200 })) }),
        },
        config: { permission },
      },
      async ({ query: { q, cursor, limit = 50 } }) => (await contacts.list({ q, cursor, limit })) as never,
    )
    http.post(
      '/shared-contacts',
      {
        schema: {
          summary: 'Put a contact into the address book of the organisation',
          ...{ tags, headers: idempotencyHeaders, body: Body, response: { 201: Shared } },
        },
        config: { permission, errors: { 422: ['idempotency_key_reused'] } },
      },
      async (request, reply) => {
        const body = request.body as SharedContactBody
        const made = await contacts.create(callerOf(request), body, request.headers['idempotency-key'])
        return reply
          .code(201)
          .header('etag', made.etag)
          .send(made as never)
      },
    )
    http.get(
      '/shared-contacts/:contact_id',
      {
        schema: { summary: 'A contact of the organisation', tags, params: Params, response: { 200: Shared } },
        config: { permission },
      },
      async ({ params }, reply) => {
        const contact = await contacts.view(params.contact_id)
        return reply.header('etag', contact.etag).send(contact as never)
      },
    )
    http.put(
      '/shared-contacts/:contact_id',
      {
        schema: {
          summary: 'Replace a contact of the organisation',
          ...{ tags, params: Params, headers: conditionalHeaders, body: Body, response: { 200: Shared } },
        },
        config: { permission, errors: { 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const { params, headers } = request
        const body = request.body as SharedContactBody
        const contact = await contacts.replace(callerOf(request), params.contact_id, body, headers['if-match'])
        return reply.header('etag', contact.etag).send(contact as never)
      },
    )
    http.delete(
      '/shared-contacts/:contact_id',
      {
        schema: {
          summary: 'Take a contact out of the address book of the organisation',
          ...{
            tags,
            params: Params,
            headers: conditionalHeaders,
            response: { 204: Type.Null({ description: 'Gone.' }) },
          },
        },
        config: { permission, errors: { 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        await contacts.remove(callerOf(request), request.params.contact_id, request.headers['if-match'])
        return reply.code(204).send(null)
      },
    )
  }
}
