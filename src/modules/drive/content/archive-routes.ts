import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { AppError } from '#platform/errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { parsePath } from '../drive-path.ts'
import { pathText } from '../items/item-wire.ts'
import type { Archives } from './archives.ts'
import { sendFile } from './download-wire.ts'

const Query = Type.Object({
  path: Type.Optional(pathText('A folder: all of it.')),
  item_ids: Type.Optional(
    Type.String({
      pattern: '^[1-9][0-9]{0,15}(,[1-9][0-9]{0,15}){0,199}$',
      examples: ['4711,4712'],
      description: 'Files and folders, with commas between.',
    }),
  ),
})

export function archiveRoutes(archives: Archives): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/archive',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'A folder, or some files and folders, as a zip',
          description: 'It is made while it is read: it may be of any size, and how large it will be is not known.',
          ...{ tags: ['drive'], querystring: Query },
          response: {
            200: {
              description: 'The archive.',
              content: { 'application/zip': { schema: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }) } },
            },
          },
        },
        config: {
          permission: 'drive:read',
          errors: withErrors(nextcloudErrors, {
            400: ['invalid_path', 'invalid_name'],
            422: ['drive.selection_too_large'],
          }),
        },
      },
      async ({ ownerId, query }, reply) => {
        const { path, item_ids: ids } = query
        const signal = abandonment(reply)
        if ((path === undefined) === (ids === undefined)) throw eitherOr()
        if (path !== undefined) return sendFile(reply, await archives.ofFolder(ownerId, parsePath(path), signal))
        return sendFile(reply, await archives.ofItems(ownerId, (ids ?? '').split(','), signal))
      },
    )
  }
}

const eitherOr = () =>
  new AppError('invalid', 'invalid_request_body', 'The request is not valid: querystring must have path or item_ids.', {
    details: [{ path: 'querystring', message: 'must have either path or item_ids' }],
  })
