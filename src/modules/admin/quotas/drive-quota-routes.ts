import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { callerOf } from '../admin-schemas.ts'
import { PersonParams } from '../people/person-wire.ts'
import type { DriveQuotas } from './drive-quotas.ts'

const tags = ['admin']
const config = {
  permission: 'admin:users' as const,
  errors: { 409: ['admin.file_storage_off'], 502: ['upstream_unavailable'], 504: ['upstream_timeout'] },
}
const Bytes = Type.Union([Type.Integer({ minimum: 0, maximum: 2 ** 50 }), Type.Null()], {
  description: 'null for what the installation gives everybody.',
})
const Quota = Type.Object(
  { used: Type.Integer({ minimum: 0 }), quota: Bytes },
  { examples: [{ used: 73_400_320, quota: 5_368_709_120 }] },
)
const QuotaBody = Type.Object({ quota: Bytes }, { examples: [{ quota: 5_368_709_120 }] })

export function driveQuotaRoutes(quotas: DriveQuotas): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/people/:person_id/drive-quota',
      {
        schema: {
          summary: 'How much a person keeps in their drive, and may',
          ...{ tags, params: PersonParams, response: { 200: Quota } },
        },
        config,
      },
      ({ params }) => quotas.view(params.person_id),
    )
    http.put(
      '/people/:person_id/drive-quota',
      {
        schema: {
          summary: 'Say how much a person may keep in their drive',
          ...{ tags, params: PersonParams, body: QuotaBody, response: { 200: Quota } },
        },
        config,
      },
      (request) => quotas.set(callerOf(request), request.params.person_id, request.body.quota),
    )
  }
}
