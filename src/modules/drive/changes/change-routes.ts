import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import type { Transact } from '#platform/database/database.ts'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { parseName, parsePath } from '../drive-path.ts'
import { ItemBody, ItemParams, itemId, pathText, showItem } from '../items/item-wire.ts'
import type { Batch, Batches, Outcome } from './batches.ts'
import type { Changes } from './changes.ts'
import { type ConflictPolicy, conflictPolicies } from './conflict.ts'
import type { Favorites } from './favorites.ts'
import { answerOnce } from './repeats.ts'

const tags = ['drive']
export const changeErrors = withErrors(nextcloudErrors, {
  400: ['invalid_path', 'invalid_name'],
  409: ['already_exists', 'parent_not_found'],
})
const transferErrors = withErrors(changeErrors, { 409: ['drive.move_into_itself'], 412: ['etag_mismatch'] })
const created = withErrors(changeErrors, { 422: ['idempotency_key_reused'] })

export const conflictMember = (policies: readonly string[] = conflictPolicies) =>
  Type.Optional(
    Type.String({
      enum: [...policies],
      default: 'fail',
      description:
        'Where something of the name is already: `rename` finds a free name, `replace` puts it to the trash.',
    }),
  )

const NewFolder = Type.Object(
  {
    path: pathText('The folder to make; the one that it lies in must exist.'),
    conflict: conflictMember(['fail', 'rename']),
  },
  { examples: [{ path: '/Playground/Photos' }] },
)
const TransferBody = Type.Object(
  {
    folder: pathText('The folder to put it in.'),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Its own by default.' })),
    conflict: conflictMember(),
  },
  { examples: [{ folder: '/Playground', conflict: 'rename' }] },
)
const ChangeBody = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    is_favorite: Type.Optional(Type.Boolean()),
    conflict: conflictMember(),
  },
  { minProperties: 1, examples: [{ name: 'Site plan.pdf' }] },
)
const BatchBody = Type.Object(
  {
    action: Type.String({ enum: ['move', 'copy', 'delete', 'favorite', 'unfavorite'] }),
    item_ids: Type.Array(itemId, { minItems: 1, maxItems: 200 }),
    folder: Type.Optional(pathText('To move or copy to.')),
    conflict: conflictMember(),
  },
  { examples: [{ action: 'move', item_ids: ['4711', '4712'], folder: '/Archive' }] },
)
const BatchAnswer = Type.Object({
  outcomes: Type.Array(
    Type.Object({
      item_id: itemId,
      item: Type.Union([ItemBody, Type.Null()], { description: 'How it is now; null when it is deleted.' }),
      failure: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
    }),
  ),
})

type Deps = { changes: Changes; favorites: Favorites; batches: Batches; transact: Transact }

export function changeRoutes({ changes, favorites, batches, transact }: Deps): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/folders',
      {
        schema: {
          summary: 'Make a folder',
          ...{ tags, headers: idempotencyHeaders, body: NewFolder, response: { 201: ItemBody } },
        },
        config: { permission: 'drive:write', errors: created },
      },
      async ({ ownerId, body, headers }, reply) => {
        const request = { ownerId, scope: 'drive.folders', key: headers['idempotency-key'], body }
        const made = await answerOnce(transact, request, async () =>
          showItem(
            await changes.createFolder(ownerId, parsePath(body.path), body.conflict === 'rename' ? 'rename' : 'fail'),
          ),
        )
        return reply.code(201).send(made)
      },
    )

    http.post(
      '/items/:item_id/move',
      {
        schema: {
          summary: 'Put a file or a folder elsewhere',
          ...{ tags, params: ItemParams, headers: conditionalHeaders, body: TransferBody, response: { 200: ItemBody } },
        },
        config: { permission: 'drive:write', errors: transferErrors },
      },
      async ({ ownerId, params, body, headers }) =>
        showItem(await changes.move(ownerId, params.item_id, { ...transferOf(body), ifMatch: headers['if-match'] })),
    )

    http.post(
      '/items/:item_id/copy',
      {
        schema: {
          summary: 'Copy a file, or a folder with all that is in it',
          ...{ tags, params: ItemParams, headers: idempotencyHeaders, body: TransferBody, response: { 201: ItemBody } },
        },
        config: { permission: 'drive:write', errors: withErrors(transferErrors, { 422: ['idempotency_key_reused'] }) },
      },
      async ({ ownerId, params, body, headers }, reply) => {
        const asked = { ...body, item_id: params.item_id }
        const request = { ownerId, scope: 'drive.copies', key: headers['idempotency-key'], body: asked }
        const made = await answerOnce(transact, request, async () =>
          showItem(await changes.copy(ownerId, params.item_id, transferOf(body))),
        )
        return reply.code(201).send(made)
      },
    )

    http.patch(
      '/items/:item_id',
      {
        schema: {
          summary: 'Rename a file or a folder, or make it a favourite',
          ...{ tags, params: ItemParams, headers: conditionalHeaders, body: ChangeBody, response: { 200: ItemBody } },
        },
        config: { permission: 'drive:write', errors: transferErrors },
      },
      async ({ ownerId, params, body, headers }) => {
        const { name, is_favorite: isFavorite } = body
        let item = isFavorite === undefined ? undefined : await favorites.set(ownerId, params.item_id, isFavorite)
        if (name !== undefined || !item) {
          const wanted = { ...(name !== undefined && { name: parseName(name) }), conflict: conflictOf(body) }
          item = await changes.move(ownerId, params.item_id, { ...wanted, ifMatch: headers['if-match'] })
        }
        return showItem(item)
      },
    )

    http.delete(
      '/items/:item_id',
      {
        schema: {
          summary: 'Put a file or a folder into the trash',
          ...{ tags, params: ItemParams, headers: conditionalHeaders, response: { 204: Type.Null() } },
        },
        config: { permission: 'drive:write', errors: withErrors(nextcloudErrors, { 412: ['etag_mismatch'] }) },
      },
      async ({ ownerId, params, headers }, reply) => {
        await changes.delete(ownerId, params.item_id, headers['if-match'])
        return reply.code(204).send(null)
      },
    )

    http.post(
      '/batch',
      {
        schema: {
          summary: 'Move, copy, delete or mark many files at once',
          description: 'What cannot be done with one is told beside it and keeps none of the others from being done.',
          ...{ tags, headers: idempotencyHeaders, body: BatchBody, response: { 200: BatchAnswer } },
        },
        config: { permission: 'drive:write', errors: created },
      },
      async ({ ownerId, body, headers }) => {
        const folder = body.folder === undefined ? undefined : parsePath(body.folder)
        const batch: Batch = {
          action: body.action as Batch['action'],
          ids: body.item_ids,
          transfer: { folder, conflict: conflictOf(body) },
        }
        const request = { ownerId, scope: 'drive.batches', key: headers['idempotency-key'], body }
        return answerOnce(transact, request, async () => ({
          outcomes: (await batches.run(ownerId, batch)).map(showOutcome),
        }))
      },
    )
  }
}

const showOutcome = ({ id, item, failure }: Outcome) => ({ item_id: id, item: item && showItem(item), failure })

const conflictOf = ({ conflict = 'fail' }: { conflict?: string }) => conflict as ConflictPolicy

const transferOf = (body: { folder: string; name?: string; conflict?: string }) => ({
  folder: parsePath(body.folder),
  name: body.name === undefined ? undefined : parseName(body.name),
  conflict: conflictOf(body),
})
