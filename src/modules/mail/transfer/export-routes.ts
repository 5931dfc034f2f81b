import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { abandonment } from '#platform/http/abandonment.ts'
import { Id } from '../reading/wire.ts'
import { sendDownload } from '../view/download-wire.ts'
import type { Exports } from './exports.ts'

const errors = { 409: ['mail.folder_not_selectable'], 502: ['upstream_unavailable'], 504: ['upstream_timeout'] }
const file = (description: string) => Type.Unsafe<Readable>({ type: 'string', format: 'binary', description })

export function exportRoutes(exports: Exports): FastifyPluginAsyncTypebox {
  return async (http) => {
    const tags = ['mail']
    // A HEAD would fetch everything from the mail server and drop it.
    const exposeHeadRoute = false
    http.get(
      '/folders/:folder_id/export.mbox',
      {
        exposeHeadRoute,
        schema: {
          summary: 'All messages of a folder as mbox, streamed from the mail server',
          description: 'Quoted as mboxrd; flags in the Status fields, Gmail’s labels in X-Gmail-Labels.',
          tags,
          params: Type.Object({ folder_id: Id }),
          produces: ['application/mbox'],
          response: { 200: file('Breaks off when the mail server does.') },
        },
        config: { permission: 'mail:read', feature: 'mail.exporting', errors },
      },
      async ({ ownerId, params }, reply) =>
        sendDownload(reply, await exports.folder(ownerId, params.folder_id, abandonment(reply))),
    )
    http.get(
      '/accounts/:mail_account_id/export.zip',
      {
        exposeHeadRoute,
        schema: {
          summary: 'All messages of a mail account: a zip with an mbox file for each folder',
          description: 'Of Gmail, where folders are labels: All Mail, Spam and Trash, with the labels in the messages.',
          tags,
          params: Type.Object({ mail_account_id: Id }),
          produces: ['application/zip'],
          response: { 200: file('Breaks off when the mail server does.') },
        },
        config: { permission: 'mail:read', feature: 'mail.exporting', errors: { 502: errors[502], 504: errors[504] } },
      },
      async ({ ownerId, params }, reply) =>
        sendDownload(reply, await exports.account(ownerId, params.mail_account_id, abandonment(reply))),
    )
  }
}
