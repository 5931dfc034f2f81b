import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { takeBodiesAsTheyAre } from '#platform/http/raw-bodies.ts'
import { ItemBody, ItemParams, showItem } from '../items/item-wire.ts'
import type { Contents } from './contents.ts'
import { parseChecksum, parseReprDigest } from './digest-guard.ts'
import { DownloadQuery, downloadErrors, requestOf, sendFile, wildcardOf } from './download-wire.ts'

const tags = ['drive']
const Path = Type.Object({
  '*': Type.String({ description: 'The path, each name percent-encoded: `Playground/Plan%20of%20the%20site.pdf`.' }),
})
const Bytes = Type.Unsafe<Readable>({ type: 'string', format: 'binary' })
const answers = {
  200: { description: 'The content.', content: { 'application/octet-stream': { schema: Bytes } } },
  206: { description: 'The part that Range asked for.', content: { 'application/octet-stream': { schema: Bytes } } },
  304: Type.Null({ description: 'It is what If-None-Match says.' }),
}
const description =
  'As it comes. `Range`, `If-Range`, `If-Match` and `If-None-Match` hold; `ETag`, `Last-Modified` and, where it is ' +
  'known, `Repr-Digest` tell of the content.'

export function contentRoutes(contents: Contents): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/items/:item_id/content',
      {
        schema: {
          summary: 'What is in a file',
          ...{ description, tags, params: ItemParams, querystring: DownloadQuery, response: answers },
        },
        config: { permission: 'drive:read', errors: downloadErrors },
      },
      async (request, reply) =>
        sendFile(reply, await contents.openItem(request.ownerId, request.params.item_id, requestOf(request, reply))),
    )

    http.get(
      '/content/*',
      {
        schema: {
          summary: 'What is in the file of a path',
          ...{ description, tags, params: Path, querystring: DownloadQuery, response: answers },
        },
        config: {
          permission: 'drive:read',
          errors: withErrors(downloadErrors, { 400: ['invalid_path', 'invalid_name'] }),
        },
      },
      async (request, reply) =>
        sendFile(reply, await contents.open(request.ownerId, wildcardOf(request), requestOf(request, reply))),
    )

    await http.register(writeRoutes(contents))
  }
}

function writeRoutes(contents: Contents): FastifyPluginAsyncTypebox {
  return async (http) => {
    takeBodiesAsTheyAre(http)
    http.put(
      '/content/*',
      {
        schema: {
          summary: 'Make a file, or give it another content',
          description:
            'The bytes as they are, of any length. It is there whole or not at all. With `OC-Checksum: SHA256:<hex>` or ' +
            '`Repr-Digest: sha-256=:<base64>:` it is stored only if it arrived undamaged. Large files over a poor line ' +
            'are better sent by `/uploads`.',
          ...{ tags, params: Path, headers: WriteHeaders, consumes: ['application/octet-stream'] },
          body: Type.Unsafe<undefined>({ type: 'string', format: 'binary' }),
          response: { 200: ItemBody, 201: ItemBody },
        },
        config: {
          permission: 'drive:write',
          isUpload: true,
          errors: withErrors(nextcloudErrors, {
            400: ['invalid_path', 'invalid_name'],
            409: ['parent_not_found', 'drive.is_folder'],
            412: ['etag_mismatch'],
            422: ['checksum_mismatch', 'too_large'],
          }),
        },
      },
      async (request, reply) => {
        const { headers, raw } = request
        const { item, isNew } = await contents.write(request.ownerId, wildcardOf(request), {
          ...{ content: raw, ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] },
          contentLength: lengthOf(raw.headers['content-length']),
          digest: parseChecksum(headers['oc-checksum']) ?? parseReprDigest(headers['repr-digest']),
          modifiedAt: headers['x-oc-mtime'],
          signal: abandonment(reply),
        })
        return reply
          .code(isNew ? 201 : 200)
          .header('etag', item.etag)
          .send(showItem(item))
      },
    )
  }
}

const WriteHeaders = Type.Object({
  ...conditionalHeaders.properties,
  'oc-checksum': Type.Optional(Type.String({ maxLength: 200, description: 'Such as `SHA256:<hex>`.' })),
  'repr-digest': Type.Optional(Type.String({ maxLength: 500, description: 'RFC 9530.' })),
  'x-oc-mtime': Type.Optional(
    Type.Integer({ minimum: 0, maximum: 253_402_300_799, description: 'When it was modified, in seconds since 1970.' }),
  ),
})

const lengthOf = (header: string | undefined): number | undefined => (header === undefined ? undefined : Number(header))
