import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { withImmichErrors } from '#integrations/immich/immich-errors.ts'
import { nextcloudErrors, withErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import type { Actor } from '#platform/auth/actor.ts'
import { isAllowed } from '#platform/auth/permissions.ts'
import { AppError } from '#platform/errors.ts'
import { abandonment } from '#platform/http/abandonment.ts'
import type { Permission } from '#platform/http/routes.ts'
import { AssetParams } from '../assets/asset-wire.ts'
import { Upload } from '../uploads/upload-wire.ts'
import type { Transfers } from './transfers.ts'

const tags = ['photos']
const path = Type.String({ minLength: 1, maxLength: 4000, pattern: '^/', examples: ['/Photos/2026'] })
const Folder = Type.Object({ folder: path }, { examples: [{ folder: '/Photos' }] })
const Saved = Type.Object({ path: Type.String() }, { examples: [{ path: '/Photos/IMG_0042.jpg' }] })
const Source = Type.Object({ drive_path: path }, { examples: [{ drive_path: '/Travel/Lisbon/Tram.jpg' }] })
const Attachment = Type.Object(
  {
    id: Type.String({ description: 'For `attachments` of a draft or a message.' }),
    ...{ filename: Type.String(), size_bytes: Type.Union([Type.Integer(), Type.Null()]) },
  },
  { examples: [{ id: '019a4e2c-7f00-7000-8000-000000000009', filename: 'IMG_0042.jpg', size_bytes: 2_412_344 }] },
)
const errors = withErrors(
  withImmichErrors({
    ...{ 400: ['invalid_path', 'invalid_name', 'request_body_too_large'], 404: ['module_disabled'] },
    409: ['already_exists', 'parent_not_found', 'drive.is_folder'],
    ...{ 403: ['mail.attachment_type_not_allowed'], 507: ['mail.attachment_storage_full'] },
    422: ['photos.too_large', 'photos.unsupported_format'],
  }),
  nextcloudErrors,
)

/** Whoever may only look at photos does not write into the drive or mail by way of them. */
function demand({ permissions }: Actor, permission: Permission): void {
  if (isAllowed(permissions, permission)) return
  throw new AppError('forbidden', 'auth.forbidden', `You need the permission ${permission} as well.`)
}

export function transferRoutes(transfers: Transfers): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.post(
      '/assets/:asset_id/drive-copies',
      {
        schema: {
          summary: 'Save the original into a folder of the drive',
          description: 'Needs `drive:write` as well.',
          ...{ tags, params: AssetParams, body: Folder, response: { 201: Saved } },
        },
        config: { permission: 'photos:read', errors },
      },
      async ({ actor, ownerId, params, body }, reply) => {
        demand(actor, 'drive:write')
        return reply.code(201).send(await transfers.toDrive(ownerId, params.asset_id, body.folder, abandonment(reply)))
      },
    )

    http.post(
      '/assets/from-drive',
      {
        schema: {
          summary: 'Take a picture or a video from the drive',
          description:
            'Needs `drive:read` as well. It stays there. A duplicate answers 200 with the id of what is here.',
          ...{ tags, body: Source, response: { 200: Upload, 201: Upload } },
        },
        config: { permission: 'photos:write', errors },
      },
      async ({ actor, ownerId, body }, reply) => {
        demand(actor, 'drive:read')
        const result = await transfers.fromDrive(ownerId, body.drive_path, abandonment(reply))
        return reply.code(result.state === 'created' ? 201 : 200).send(result)
      },
    )

    http.post(
      '/assets/:asset_id/mail-attachments',
      {
        schema: {
          summary: 'Make the original a file to be attached to a message',
          description: 'Needs `mail:write` as well.',
          ...{ tags, params: AssetParams, response: { 201: Attachment } },
        },
        config: { permission: 'photos:read', errors },
      },
      async ({ actor, ownerId, params }, reply) => {
        demand(actor, 'mail:write')
        return reply.code(201).send(await transfers.toMail(ownerId, params.asset_id, abandonment(reply)))
      },
    )
  }
}
