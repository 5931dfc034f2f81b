import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { immichErrors, withImmichErrors } from '#integrations/immich/immich-errors.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { Asset, AssetParams } from '../assets/asset-wire.ts'
import type { Search } from '../discovery/search.ts'
import type { PersonChange as Change, People } from './people.ts'
import { Face, Merge, Person, PersonChange, PersonParams, PersonWithCount } from './people-wire.ts'

const tags = ['photos']
const read = { permission: 'photos:read', errors: immichErrors } as const
const write = { permission: 'photos:write', errors: immichErrors } as const

export function peopleRoutes(people: People, search: Search): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/people',
      {
        schema: {
          summary: 'The people in your pictures',
          querystring: Type.Object({ ...pageQuery, with_hidden: Type.Optional(Type.Boolean({ default: false })) }),
          ...{ tags, response: { 200: page(Person) } },
        },
        config: read,
      },
      ({ ownerId, query }) =>
        people.list(ownerId, {
          withHidden: query.with_hidden ?? false,
          limit: query.limit ?? 50,
          cursor: query.cursor,
        }),
    )

    http.get(
      '/people/:person_id',
      {
        schema: {
          summary: 'A person, and on how many pictures they are',
          ...{ tags, params: PersonParams, response: { 200: PersonWithCount } },
        },
        config: read,
      },
      ({ ownerId, params }) => people.view(ownerId, params.person_id),
    )

    http.patch(
      '/people/:person_id',
      {
        schema: {
          summary: 'Name a person, hide them, or choose their picture',
          ...{ tags, params: PersonParams, body: PersonChange, response: { 200: PersonWithCount } },
        },
        config: write,
      },
      ({ ownerId, params, body }) => people.change(ownerId, params.person_id, body as Change),
    )

    http.post(
      '/people/:person_id/merge',
      {
        schema: {
          summary: 'Make one person of several: the others go into this one',
          ...{ tags, params: PersonParams, body: Merge, response: { 200: PersonWithCount } },
        },
        config: { ...write, errors: withImmichErrors({ 409: ['photos.merge_incomplete'] }) },
      },
      ({ ownerId, params, body }) => people.merge(ownerId, params.person_id, body.person_ids),
    )

    http.get(
      '/people/:person_id/assets',
      {
        schema: {
          summary: 'The pictures of a person, the newest first',
          ...{ tags, params: PersonParams, querystring: Type.Object(pageQuery), response: { 200: page(Asset) } },
        },
        config: read,
      },
      ({ ownerId, params, query }) =>
        search.find(ownerId, { person_ids: [params.person_id], limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.get(
      '/assets/:asset_id/faces',
      {
        schema: {
          summary: 'The faces on a picture, and where they are',
          ...{ tags, params: AssetParams, response: { 200: page(Face) } },
        },
        config: read,
      },
      ({ ownerId, params }) => people.faces(ownerId, params.asset_id),
    )
  }
}
