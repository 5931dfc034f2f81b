import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { callerOf } from '../admin-schemas.ts'
import type { FooterEditing, Footers } from './footers.ts'

const tags = ['admin']
const permission = 'admin:policies' as const
const Domain = Type.String({ minLength: 1, maxLength: 253, pattern: '^[\\p{L}\\p{N}.-]+$', examples: ['example.org'] })

const FootersBody = Type.Object(
  {
    internal_domains: Type.Array(Domain, {
      maxItems: 200,
      description: 'A message whose recipients all are there stays within. Each stands for those below it too.',
    }),
    footers: Type.Array(
      Type.Object({
        groups: Type.Union(
          [Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 }), Type.Null()],
          {
            description: 'Of which groups; null for everybody.',
          },
        ),
        recipients: Type.String({ enum: ['all', 'internal', 'external'] }),
        text: Type.String({ minLength: 1, maxLength: 10_000, description: 'With `{{name}}` and `{{email}}`.' }),
        html: Type.String({ maxLength: 50_000, description: 'Made of `text` when empty.' }),
      }),
      { maxItems: 50, description: 'In this order; all that fit are put below a message.' },
    ),
  },
  {
    examples: [
      {
        internal_domains: ['ulti.example'],
        footers: [
          { groups: ['sales'], recipients: 'external', text: '{{name}}, Ulti Ltd, 1 High Street', html: '' },
          { groups: null, recipients: 'external', text: 'Meant for its recipients alone.', html: '' },
        ],
      },
    ],
  },
)

export function footerRoutes(footers: FooterEditing): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/footers',
      {
        schema: { summary: 'What is put below mail as it leaves', tags, response: { 200: FootersBody } },
        config: { permission },
      },
      async (_request, reply) => {
        const current = await footers.view()
        return reply.header('etag', footers.etagOf(current)).send(current as never)
      },
    )
    http.put(
      '/footers',
      {
        schema: {
          summary: 'Say what is put below mail as it leaves: signatures of groups, disclaimers',
          description:
            'In force within five seconds, for all that is sent from then on. A message that has the text already, in ' +
            'what it quotes above all, is not given it again; answers of machines go without.',
          ...{ tags, headers: conditionalHeaders, body: FootersBody, response: { 200: FootersBody } },
        },
        config: { permission, errors: { 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const next = await footers.replace(callerOf(request), request.body as Footers, request.headers['if-match'])
        return reply.header('etag', footers.etagOf(next)).send(next as never)
      },
    )
  }
}
