import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '#platform/errors.ts'
import type { Attachments, Download } from './attachments.ts'
import { MessageParams } from './wire.ts'

const errors = {
  409: ['mail.message_gone'],
  502: ['upstream_unavailable'],
  503: ['unavailable'],
  504: ['upstream_timeout'],
}
const bytes = (description: string) => Type.Unsafe<Readable>({ type: 'string', format: 'binary', description })

export function downloadRoutes(attachments: Attachments): FastifyPluginAsyncTypebox {
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
        send(reply, await attachments.openRaw(ownerId, params.message_id, abandonment(reply))),
    )
    http.get(
      '/messages/:message_id/attachments/:attachment_id',
      {
        exposeHeadRoute,
        schema: {
          summary: 'An attachment or inline image, decoded, streamed from its mail server',
          tags,
          params: Type.Object({
            ...MessageParams.properties,
            attachment_id: Type.String({ pattern: '^[1-9][0-9]*(\\.[1-9][0-9]*)*$', maxLength: 100 }),
          }),
          produces: ['application/octet-stream'],
          response: { 200: bytes('The file; always to be saved, never shown by the browser itself.') },
        },
        config: { permission: 'mail:read', errors },
      },
      async ({ ownerId, params }, reply) =>
        send(reply, await attachments.open(ownerId, params.message_id, params.attachment_id, abandonment(reply))),
    )
  }
}

/** Aborts when the client goes before it has all of its answer. */
function abandonment(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      controller.abort(new AppError('invalid', 'client_closed_request', 'You closed the request.'))
  })
  return controller.signal
}

/** Strangers wrote these bytes: no browser may take them for a page of this site. */
const send = (reply: FastifyReply, { stream, contentType, disposition }: Download) =>
  reply
    .header('content-disposition', disposition)
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'private, max-age=3600')
    .type(contentType)
    .send(stream)
