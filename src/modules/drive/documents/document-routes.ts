import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import type { Transact } from '#platform/database/database.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { changeErrors, conflictMember } from '../changes/change-routes.ts'
import { answerOnce } from '../changes/repeats.ts'
import { parsePath } from '../drive-path.ts'
import { ItemBody, pathText, showItem } from '../items/item-wire.ts'
import { type DocumentType, documentTypes } from './blank-documents.ts'
import type { Documents } from './documents.ts'

const Body = Type.Object(
  {
    type: Type.String({ enum: [...documentTypes] }),
    path: pathText('Where it shall be; the ending is added where it lacks.'),
    conflict: conflictMember(['fail', 'rename']),
  },
  { examples: [{ type: 'odt', path: '/Playground/Letter to the town.odt' }] },
)

export function documentRoutes({
  documents,
  transact,
}: {
  documents: Documents
  transact: Transact
}): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/documents',
      {
        schema: {
          summary: 'Make a document with nothing in it',
          ...{ tags: ['drive'], headers: idempotencyHeaders, body: Body, response: { 201: ItemBody } },
        },
        config: { permission: 'drive:write', errors: withErrors(changeErrors, { 422: ['idempotency_key_reused'] }) },
      },
      async ({ ownerId, body, headers }, reply) => {
        const request = { ownerId, scope: 'drive.documents', key: headers['idempotency-key'], body }
        const conflict = body.conflict === 'rename' ? 'rename' : 'fail'
        const made = await answerOnce(transact, request, async () =>
          showItem(await documents.create(ownerId, body.type as DocumentType, parsePath(body.path), conflict)),
        )
        return reply.code(201).send(made)
      },
    )
  }
}
