import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Contact, contactExample } from '../contact/contact-wire.ts'
import type { Duplicates } from './duplicates.ts'
import type { Merges, WantedMerge } from './merges.ts'
import { singleFields } from './merging.ts'

const tags = ['contacts']
const mergeExample = '019a4e2c-7f00-7000-8000-000000000001'
const other = contactExample.path.replace('4fbe8971', '5fbe8971')
const Duplicate = Type.Object({
  score: Type.Number({ description: 'From 0 to 1: how sure it is.' }),
  reasons: Type.Array(Type.Object({ kind: Type.String({ enum: ['email', 'phone', 'name'] }), value: Type.String() }), {
    description: 'What they have in common: an address, a number (E.164), a name without accents and capitals.',
  }),
  contacts: Type.Array(Contact),
})
const path = Type.String({ maxLength: 1000 })
const MergeBody = Type.Object(
  {
    paths: Type.Array(path, { minItems: 2, maxItems: 10, description: 'The first one is kept.' }),
    wins: Type.Optional(
      Type.Object(Object.fromEntries(singleFields.map((field) => [field, Type.Optional(path)])), {
        description: 'Whose of what a contact has once is shown, by path; otherwise the first’s that has it.',
      }),
    ),
  },
  { examples: [{ paths: [contactExample.path, other], wins: { name: other } }] },
)
const Merged = Type.Object(
  { merge_id: Type.String({ format: 'uuid', description: 'To take it back.' }), contact: Contact },
  { examples: [{ merge_id: mergeExample, contact: contactExample }] },
)
const Merge = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    path: Type.String({ description: 'Of what was kept.' }),
    names: Type.Array(Type.String(), { description: 'Of the contacts that it was made of.' }),
    created_at: Type.String({ format: 'date-time' }),
  },
  {
    examples: [
      {
        id: mergeExample,
        path: contactExample.path,
        names: ['Grace Hopper', 'G. Hopper'],
        created_at: '2026-05-23T09:00:00.000Z',
      },
    ],
  },
)

export function duplicateRoutes(duplicates: Duplicates, merges: Merges): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/duplicates',
      {
        schema: {
          summary: 'Contacts that are probably the same, the surest first',
          tags,
          querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })) }),
          response: {
            200: Type.Object({
              items: Type.Array(Duplicate),
              has_more: Type.Boolean({ description: 'Merge some, and ask again.' }),
            }),
          },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor, query }) => duplicates.list(actor, query.limit ?? 50),
    )

    http.post(
      '/merge',
      {
        schema: {
          summary: 'Make one contact of several; nothing of them is lost, and it can be taken back for 30 days',
          ...{ tags, body: MergeBody, response: { 200: Merged } },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, { 403: ['contacts.book_read_only'], 412: ['etag_mismatch'] }),
        },
      },
      ({ actor, body }) => merges.merge(actor, body as WantedMerge),
    )

    http.get(
      '/merges',
      {
        schema: {
          summary: 'Merges of the last 30 days that can be taken back, the newest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Merge) } },
        },
        config: { permission: 'contacts:read' },
      },
      ({ actor, query }) => merges.list(actor, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.delete(
      '/merges/:merge_id',
      {
        schema: {
          summary: 'Take a merge back: the contacts are again what they were before',
          tags,
          params: Type.Object({ merge_id: Type.String({ format: 'uuid' }) }),
          querystring: Type.Object({
            force: Type.Optional(
              Type.Boolean({ description: 'Also when the contact was changed since: that is lost.' }),
            ),
          }),
          response: { 200: Contact },
        },
        config: {
          permission: 'contacts:write',
          errors: withErrors(nextcloudErrors, {
            403: ['contacts.book_read_only'],
            409: ['contacts.changed_since_merge'],
            412: ['etag_mismatch'],
          }),
        },
      },
      ({ actor, params, query }) => merges.undo(actor, params.merge_id, { isForced: query.force === true }),
    )
  }
}
