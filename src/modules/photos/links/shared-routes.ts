import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Cookies } from '#platform/auth/session-cookie.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import type { Size } from '../media/media.ts'
import { mediaRequestOf, SizeQuery } from '../media/media-routes.ts'
import { mediaResponses, sendMedia } from '../media/media-wire.ts'
import { TimelineItem } from '../timeline/timeline-item.ts'
import { Password, SharedAssetParams, SharedParams, SharedView, tokenHeaders, Unlocked } from './link-wire.ts'
import type { Visitor, Visitors } from './visitors.ts'

const tags = ['photos']
const errors = {
  403: ['photos.password_required', 'photos.download_forbidden'],
  404: ['not_found'],
  502: ['upstream_unavailable', 'photos.unsupported_version'],
  503: ['photos.busy', 'photos.maintenance'],
  504: ['upstream_timeout'],
}
const config = { permission: 'public', errors } as const
/** Held to the limit of sign-ins, by address: codes and passwords are tried here. */
const door = { ...config, isSignIn: true } as const
const media = { ...config, errors: { ...errors, 416: ['range_not_satisfiable'] } } as const
const exposeHeadRoute = false
const dayInSeconds = 86_400

/** What a link leads to; nobody has to be signed in. */
export function sharedRoutes(visitors: Visitors, cookies: Cookies): FastifyPluginAsyncTypebox {
  const cookieOf = (code: string) => `photos_${createHash('sha256').update(code).digest('hex').slice(0, 16)}`
  const visitorOf = ({ headers }: FastifyRequest, code: string): Visitor => {
    const sent = headers['x-link-token']
    return { code, token: typeof sent === 'string' ? sent : cookies.read(headers.cookie, cookieOf(code)) }
  }

  return async (http) => {
    await http.register(sharedMediaRoutes(visitors, visitorOf))

    http.get(
      '/shared/:code',
      {
        schema: {
          summary: 'What a link leads to',
          ...{ tags, params: SharedParams, headers: tokenHeaders, response: { 200: SharedView } },
        },
        config: door,
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        return visitors.view(visitorOf(request, request.params.code))
      },
    )

    http.post(
      '/shared/:code/unlocking',
      {
        schema: {
          summary: 'Give the password of a link',
          ...{ tags, params: SharedParams, body: Password, response: { 200: Unlocked } },
        },
        config: { ...door, isReading: true },
      },
      async ({ params, body }, reply) => {
        const token = await visitors.unlock(params.code, body.password)
        reply.header('set-cookie', cookies.forSignIn(cookieOf(params.code), token, dayInSeconds))
        reply.header('cache-control', 'no-store')
        return { token }
      },
    )

    http.get(
      '/shared/:code/assets',
      {
        schema: {
          summary: 'The pictures and videos behind a link, the newest first',
          description: 'Each page of an album is a month.',
          ...{ tags, params: SharedParams, headers: tokenHeaders, response: { 200: page(TimelineItem) } },
          querystring: Type.Object({ cursor: pageQuery.cursor }),
        },
        config,
      },
      (request) => visitors.assets(visitorOf(request, request.params.code), request.query.cursor),
    )
  }
}

function sharedMediaRoutes(
  visitors: Visitors,
  visitorOf: (request: FastifyRequest, code: string) => Visitor,
): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/shared/:code/assets/:asset_id/thumbnail',
      {
        exposeHeadRoute,
        schema: {
          summary: 'A picture behind a link, in one of three sizes',
          ...{ tags, params: SharedAssetParams, headers: tokenHeaders, querystring: SizeQuery },
          response: mediaResponses('image/*'),
        },
        config: media,
      },
      async (request, reply) => {
        const { code, asset_id } = request.params
        const rendition = { kind: 'picture', size: (request.query.size ?? 'thumbnail') as Size } as const
        const wanted = mediaRequestOf(request, reply)
        return sendMedia(reply, await visitors.media(visitorOf(request, code), asset_id, rendition, wanted))
      },
    )

    for (const { kind, type, summary } of [
      { kind: 'original', type: 'application/octet-stream', summary: 'The file behind a link as it was uploaded' },
      { kind: 'video', type: 'video/*', summary: 'A video behind a link as browsers play it' },
    ] as const) {
      http.get(
        `/shared/:code/assets/:asset_id/${kind}`,
        {
          exposeHeadRoute,
          schema: {
            ...{ summary, tags, params: SharedAssetParams, headers: tokenHeaders, response: mediaResponses(type) },
          },
          config: media,
        },
        async (request, reply) => {
          const { code, asset_id } = request.params as { code: string; asset_id: string }
          const wanted = mediaRequestOf(request, reply)
          return sendMedia(reply, await visitors.media(visitorOf(request, code), asset_id, { kind }, wanted))
        },
      )
    }
  }
}
