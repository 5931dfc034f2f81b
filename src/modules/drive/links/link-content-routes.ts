import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { DownloadQuery, requestOf, sendFile, wildcardOf } from '../content/download-wire.ts'
import { parsePath, rootPath } from '../drive-path.ts'
import { pathText } from '../items/item-wire.ts'
import { linkErrors, TokenParams } from './link-wire.ts'
import type { Links, Visitor } from './links.ts'

const tags = ['drive']
const PathParams = Type.Object({
  ...TokenParams.properties,
  '*': Type.String({ description: 'The path from what is shared, each name percent-encoded.' }),
})
const Bytes = Type.Unsafe<Readable>({ type: 'string', format: 'binary' })
const answers = {
  200: { description: 'The content.', content: { 'application/octet-stream': { schema: Bytes } } },
  206: { description: 'The part that Range asked for.', content: { 'application/octet-stream': { schema: Bytes } } },
  304: Type.Null({ description: 'It is what If-None-Match says.' }),
}
const paths = { 400: ['invalid_path', 'invalid_name'] }
const errors = withErrors(linkErrors, {
  409: ['drive.is_folder'],
  412: ['etag_mismatch'],
  416: ['range_not_satisfiable'],
})

type Deps = { links: Links; visitorOf: (request: Pick<FastifyRequest, 'headers'>, token: string) => Visitor }

/** Bytes behind a link, both ways. */
export function linkContentRoutes({ links, visitorOf }: Deps): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)

    http.get(
      '/public/:token/content',
      {
        schema: {
          summary: 'The file that a link leads to',
          ...{ tags, params: TokenParams, querystring: DownloadQuery, response: answers },
        },
        config: { permission: 'public', errors },
      },
      async (request, reply) => {
        const visitor = visitorOf(request, request.params.token)
        return sendFile(reply, await links.download(visitor, rootPath, requestOf(request, reply)))
      },
    )

    http.get(
      '/public/:token/content/*',
      {
        schema: {
          summary: 'A file behind a link',
          ...{ tags, params: PathParams, querystring: DownloadQuery, response: answers },
        },
        config: { permission: 'public', errors: withErrors(errors, paths) },
      },
      async (request, reply) => {
        const visitor = visitorOf(request, request.params.token)
        return sendFile(reply, await links.download(visitor, wildcardOf(request), requestOf(request, reply)))
      },
    )

    http.put(
      '/public/:token/content/*',
      {
        schema: {
          summary: 'Put a file where a link takes files',
          description:
            'Nothing is replaced: where files are shown a name that is taken is refused, elsewhere another is found.',
          ...{ tags, params: PathParams, consumes: ['application/octet-stream'] },
          body: Type.Unsafe<undefined>({ type: 'string', format: 'binary' }),
          response: { 204: Type.Null({ description: 'It has arrived.' }) },
        },
        config: {
          permission: 'public',
          isUpload: true,
          errors: withErrors(linkErrors, { ...paths, 409: ['already_exists', 'parent_not_found'] }),
        },
      },
      async (request, reply) => {
        const { raw } = request
        const length = raw.headers['content-length']
        await links.upload(visitorOf(request, request.params.token), wildcardOf(request), {
          ...{ content: raw, signal: abandonment(reply) },
          contentLength: length === undefined ? undefined : Number(length),
        })
        return reply.code(204).send(null)
      },
    )

    http.get(
      '/public/:token/archive',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'A folder behind a link, as a zip',
          ...{ tags, params: TokenParams },
          querystring: Type.Object({ path: Type.Optional(pathText('All of it by default.')) }),
          response: { 200: { description: 'The archive.', content: { 'application/zip': { schema: Bytes } } } },
        },
        config: { permission: 'public', errors: withErrors(linkErrors, paths) },
      },
      async (request, reply) => {
        const path = parsePath(request.query.path ?? '/')
        const visitor = visitorOf(request, request.params.token)
        return sendFile(reply, await links.archive(visitor, path, abandonment(reply)))
      },
    )
  }
}
