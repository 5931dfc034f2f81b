import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { SavedSearches } from './saved-searches.ts'

const fields = { name: 'Invoices of this year', q: 'subject:invoice after:2026', types: ['mail'], sort: 'date' }
const example = { id: '0197a1e8-1234-7567-89ab-cdef01234567', ...fields, updated_at: '2026-05-23T09:00:00.000Z' }

const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
const Q = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'As `q` of a search.' })
const Types = Type.Array(Type.String({ pattern: '^[a-z]+(\\.[a-z_]+)?$', maxLength: 50, examples: ['mail'] }), {
  maxItems: 20,
})
const Sort = Type.String({ enum: ['date', 'relevance'] })
const Saved = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    ...{ name: Type.String(), q: Type.String(), types: Type.Array(Type.String()), sort: Sort },
    updated_at: Type.String({ format: 'date-time' }),
  },
  { examples: [example] },
)
const NewSaved = Type.Object(
  { name: Name, q: Q, types: Type.Optional(Types), sort: Type.Optional(Sort) },
  { examples: [fields] },
)
const SavedChange = Type.Object(
  { name: Type.Optional(Name), q: Type.Optional(Q), types: Type.Optional(Types), sort: Type.Optional(Sort) },
  { minProperties: 1, examples: [{ name: 'Invoices' }] },
)
const SavedParams = Type.Object({ saved_search_id: Type.String({ format: 'uuid' }) })

export function savedSearchRoutes(saved: SavedSearches): FastifyPluginAsyncTypebox {
  const tags = ['search']
  const write = { permission: 'search:write' as const }
  return async (http) => {
    http.get(
      '/search/saved',
      {
        schema: {
          summary: 'The searches that you keep, by name',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Saved) } },
        },
        config: { permission: 'search:read' },
      },
      ({ ownerId, query }) => saved.list(ownerId, { cursor: query.cursor, limit: query.limit ?? 50 }),
    )

    http.get(
      '/search/saved/:saved_search_id',
      {
        schema: { summary: 'A search that you keep', ...{ tags, params: SavedParams, response: { 200: Saved } } },
        config: { permission: 'search:read' },
      },
      ({ ownerId, params }) => saved.find(ownerId, params.saved_search_id),
    )

    http.post(
      '/search/saved',
      {
        schema: {
          summary: 'Keep a search under a name',
          ...{ tags, headers: idempotencyHeaders, body: NewSaved, response: { 201: Saved } },
        },
        config: {
          ...write,
          errors: { 409: ['search.name_taken', 'search.too_many_saved'], 422: ['idempotency_key_reused'] },
        },
      },
      async ({ ownerId, body, headers }, reply) => {
        const answer = await saved.create(ownerId, body, headers['idempotency-key'])
        return reply.code(201).send(answer.body)
      },
    )

    http.patch(
      '/search/saved/:saved_search_id',
      {
        schema: {
          summary: 'Change a search that you keep',
          ...{ tags, params: SavedParams, body: SavedChange, response: { 200: Saved } },
        },
        config: { ...write, errors: { 409: ['search.name_taken'] } },
      },
      ({ ownerId, params, body }) => saved.change(ownerId, params.saved_search_id, body),
    )

    http.delete(
      '/search/saved/:saved_search_id',
      {
        schema: {
          summary: 'Keep a search no longer',
          ...{ tags, params: SavedParams, response: { 204: Type.Null() } },
        },
        config: write,
      },
      async ({ ownerId, params }, reply) => {
        await saved.remove(ownerId, params.saved_search_id)
        return reply.code(204).send(null)
      },
    )
  }
}
