import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { withImmichErrors } from '#integrations/immich/immich-errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { AssetParams, uuid } from '../assets/asset-wire.ts'
import type { Assets } from '../assets/assets.ts'
import { type Media, type MediaRequest, type Size, sizes } from './media.ts'
import { mediaResponses, sendMedia } from './media-wire.ts'

const tags = ['photos']
const config = {
  permission: 'photos:read',
  errors: withImmichErrors({ 416: ['range_not_satisfiable'] }),
} as const
// Of a HEAD request Fastify would read the whole stream.
const exposeHeadRoute = false

export const SizeQuery = Type.Object({
  size: Type.Optional(
    Type.String({
      ...{ enum: sizes, default: 'thumbnail' },
      description: 'thumbnail: some 250 pixels high. preview: fits a screen. fullsize: as large as it is.',
    }),
  ),
})
const OriginalQuery = Type.Object({
  download: Type.Optional(Type.Boolean({ default: false, description: 'To be saved under its name, not shown.' })),
})

/** What of a request goes on to Immich. */
export const mediaRequestOf = (request: FastifyRequest, reply: FastifyReply): MediaRequest => ({
  headers: request.headers as MediaRequest['headers'],
  signal: abandonment(reply),
})

export function mediaRoutes(media: Media, assets: Assets): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/assets/:asset_id/thumbnail',
      {
        exposeHeadRoute,
        schema: {
          summary: 'A picture of it, also of a video, in one of three sizes',
          ...{ tags, params: AssetParams, querystring: SizeQuery, response: mediaResponses('image/*') },
        },
        config,
      },
      async (request, reply) => {
        const rendition = { kind: 'picture', size: (request.query.size ?? 'thumbnail') as Size } as const
        const { asset_id } = request.params
        return sendMedia(reply, await media.open(request.ownerId, asset_id, rendition, mediaRequestOf(request, reply)))
      },
    )

    http.get(
      '/assets/:asset_id/original',
      {
        exposeHeadRoute,
        schema: {
          summary: 'The file as it was uploaded; ranges are possible',
          ...{ tags, params: AssetParams, querystring: OriginalQuery },
          response: mediaResponses('application/octet-stream'),
        },
        config,
      },
      async (request, reply) => {
        const { asset_id } = request.params
        const isDownload = request.query.download === true
        const name = isDownload ? (await assets.view(request.ownerId, asset_id)).filename : null
        const wanted = mediaRequestOf(request, reply)
        const original = await media.open(request.ownerId, asset_id, { kind: 'original' }, wanted)
        return sendMedia(reply, original, isDownload ? { downloadAs: name } : {})
      },
    )

    http.get(
      '/assets/:asset_id/video',
      {
        exposeHeadRoute,
        schema: {
          summary: 'A video as browsers play it; ranges are possible',
          ...{ tags, params: AssetParams, response: mediaResponses('video/*') },
        },
        config,
      },
      async (request, reply) => {
        const { asset_id } = request.params
        const wanted = mediaRequestOf(request, reply)
        return sendMedia(reply, await media.open(request.ownerId, asset_id, { kind: 'video' }, wanted))
      },
    )

    http.get(
      '/people/:person_id/thumbnail',
      {
        exposeHeadRoute,
        schema: {
          summary: 'The face of a person',
          ...{ tags, params: Type.Object({ person_id: uuid }), response: mediaResponses('image/*') },
        },
        config,
      },
      async (request, reply) => {
        const { person_id } = request.params
        return sendMedia(reply, await media.openFace(request.ownerId, person_id, mediaRequestOf(request, reply)))
      },
    )
  }
}
