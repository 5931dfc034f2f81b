import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { immichErrors, withImmichErrors } from '#integrations/immich/immich-errors.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Timeline } from '../timeline/timeline.ts'
import { TimelineItem } from '../timeline/timeline-item.ts'
import {
  Album,
  AlbumChange,
  AlbumParams,
  ContentChange,
  ContentResult,
  MemberBody,
  MemberParams,
  NewAlbum,
} from './album-wire.ts'
import type { Albums, AlbumChange as Change, NewAlbum as Wanted } from './albums.ts'

const tags = ['photos']
const read = { permission: 'photos:read', errors: immichErrors } as const
const write = { permission: 'photos:write', errors: immichErrors } as const

export function albumRoutes(albums: Albums, timeline: Timeline): FastifyPluginAsyncTypebox {
  return async (http) => {
    await http.register(memberRoutes(albums))

    http.get(
      '/albums',
      {
        schema: {
          summary: 'Your albums and those that others share with you, the last changed first',
          ...{ tags, response: { 200: page(Album) } },
        },
        config: read,
      },
      ({ ownerId }) => albums.list(ownerId),
    )

    http.post(
      '/albums',
      {
        schema: {
          summary: 'Make an album',
          ...{ tags, headers: idempotencyHeaders, body: NewAlbum, response: { 201: Album } },
        },
        config: { ...write, errors: withImmichErrors({ 422: ['idempotency_key_reused'] }) },
      },
      async ({ ownerId, body, headers }, reply) =>
        reply.code(201).send(await albums.create(ownerId, body as Wanted, headers['idempotency-key'])),
    )

    http.get(
      '/albums/:album_id',
      { schema: { summary: 'An album', tags, params: AlbumParams, response: { 200: Album } }, config: read },
      ({ ownerId, params }) => albums.view(ownerId, params.album_id),
    )

    http.patch(
      '/albums/:album_id',
      {
        schema: {
          summary: 'Change an album of yours; what is left out stays',
          ...{ tags, params: AlbumParams, body: AlbumChange, response: { 200: Album } },
        },
        config: write,
      },
      ({ ownerId, params, body }) => albums.change(ownerId, params.album_id, body as Change),
    )

    http.delete(
      '/albums/:album_id',
      {
        schema: {
          summary: 'Delete an album of yours',
          ...{ tags, params: AlbumParams },
          response: { 204: Type.Null({ description: 'The album is gone; what was in it stays.' }) },
        },
        config: write,
      },
      async ({ ownerId, params }, reply) => {
        await albums.delete(ownerId, params.album_id)
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/albums/:album_id/assets',
      {
        schema: {
          summary: 'What an album holds, the newest first',
          description: 'Each page is a month.',
          ...{ tags, params: AlbumParams, querystring: Type.Object({ cursor: pageQuery.cursor }) },
          response: { 200: page(TimelineItem) },
        },
        config: read,
      },
      ({ ownerId, params, query }) => timeline.ofAlbum(ownerId, params.album_id, query.cursor),
    )

    http.patch(
      '/albums/:album_id/assets',
      {
        schema: {
          summary: 'Put pictures and videos into an album, or take them out',
          ...{ tags, params: AlbumParams, body: ContentChange, response: { 200: ContentResult } },
        },
        config: write,
      },
      ({ ownerId, params, body }) =>
        albums.changeContent(ownerId, params.album_id, body as { add?: string[]; remove?: string[] }),
    )
  }
}

function memberRoutes(albums: Albums): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.put(
      '/albums/:album_id/members',
      {
        schema: {
          summary: 'Share an album with somebody, or give them another role',
          ...{ tags, params: AlbumParams, body: MemberBody, response: { 200: Album } },
        },
        config: { ...write, errors: withImmichErrors({ 404: ['photos.person_unknown'] }) },
      },
      ({ ownerId, params, body }) =>
        albums.share(ownerId, params.album_id, { email: body.email, role: body.role as 'editor' | 'viewer' }),
    )

    http.delete(
      '/albums/:album_id/members/:user_id',
      {
        schema: {
          summary: 'No longer share an album with somebody, or leave it',
          ...{ tags, params: MemberParams, response: { 204: Type.Null({ description: 'They see it no more.' }) } },
        },
        config: write,
      },
      async ({ ownerId, params }, reply) => {
        await albums.unshare(ownerId, params.album_id, params.user_id)
        return reply.code(204).send(null)
      },
    )
  }
}
