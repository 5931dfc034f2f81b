import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { abandonment } from '#platform/http/abandonment.ts'
import { MessageParams } from '../reading/wire.ts'
import type { AttachmentArchives } from './attachment-archives.ts'
import type { Attachments } from './attachments.ts'
import { sendDownload } from './download-wire.ts'
import type { EnclosedMessages } from './enclosed-messages.ts'
import { AttachmentParams, EnclosedMessage, RemoteImagesQuery } from './message-wire.ts'

const errors = {
  409: ['mail.message_gone'],
  502: ['upstream_unavailable'],
  503: ['unavailable'],
  504: ['upstream_timeout'],
}
const bytes = (description: string) => Type.Unsafe<Readable>({ type: 'string', format: 'binary', description })

export function downloadRoutes(deps: {
  attachments: Attachments
  archives: AttachmentArchives
  enclosed: EnclosedMessages
}): FastifyPluginAsyncTypebox {
  const { attachments, archives, enclosed } = deps
  return async (http) => {
    const tags = ['mail']
    // A HEAD would fetch everything from the mail server and drop it.
    const exposeHeadRoute = false
    http.get(
      '/messages/:message_id/raw',
      {
        exposeHeadRoute,
        schema: {
          summary: 'The message as it was sent, streamed from its mail server',
          tags,
          params: MessageParams,
          produces: ['message/rfc822'],
          response: { 200: bytes('RFC 5322, headers and all.') },
        },
        config: { permission: 'mail:read', errors },
      },
      async ({ ownerId, params }, reply) =>
        sendDownload(reply, await attachments.openRaw(ownerId, params.message_id, abandonment(reply))),
    )
    http.get(
      '/messages/:message_id/attachments.zip',
      {
        exposeHeadRoute,
        schema: {
          summary: 'All attachments in one zip file, streamed from the mail server',
          description: 'Images that the text shows are left out, unless there is nothing else.',
          tags,
          params: MessageParams,
          produces: ['application/zip'],
          response: { 200: bytes('Breaks off when the mail server does.') },
        },
        config: { permission: 'mail:read', errors },
      },
      async ({ ownerId, params }, reply) =>
        sendDownload(reply, await archives.open(ownerId, params.message_id, abandonment(reply))),
    )
    http.get(
      '/messages/:message_id/attachments/:attachment_id',
      {
        exposeHeadRoute,
        schema: {
          summary: 'An attachment or inline image, decoded, streamed from its mail server',
          tags,
          params: AttachmentParams,
          produces: ['application/octet-stream'],
          response: { 200: bytes('The file; always to be saved, never shown by the browser itself.') },
        },
        config: { permission: 'mail:read', errors },
      },
      async ({ ownerId, params }, reply) =>
        sendDownload(
          reply,
          await attachments.open(ownerId, params.message_id, params.attachment_id, abandonment(reply)),
        ),
    )
    http.get(
      '/messages/:message_id/attachments/:attachment_id/message',
      {
        schema: {
          summary: 'An attachment that is a message itself, opened in its place',
          tags,
          params: AttachmentParams,
          querystring: RemoteImagesQuery,
          response: { 200: EnclosedMessage },
        },
        config: { permission: 'mail:read', errors: { ...errors, 422: ['mail.not_a_message'] } },
      },
      ({ ownerId, params, query }, reply) =>
        enclosed.view(
          ownerId,
          { messageId: params.message_id, attachmentId: params.attachment_id },
          { signal: abandonment(reply), withRemoteImages: query.remote_images === true },
        ),
    )
  }
}
