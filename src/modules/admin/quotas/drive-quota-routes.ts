import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { callerOf } from '../admin-schemas.ts'
import { PersonParams } from '../people/person-wire.ts'
import type { DriveQuotas } from './drive-quotas.ts'
import { PersonQuota } from './quota-wire.ts'

const tags = ['admin']
const config = {
  permission: 'admin:users' as const,
  errors: { 409: ['admin.file_storage_off'], 502: ['upstream_unavailable'], 504: ['upstream_timeout'] },
}
const Bytes = Type.Union([Type.Integer({ minimum: 0, maximum: 2 ** 50 }), Type.Null()], {
  description: 'null for what their groups are given, or else the installation gives everybody.',
})
const Quota = Type.Object(
  {
    used: Type.Integer({ minimum: 0 }),
    quota: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: 'Bytes, as Nextcloud keeps to them now; null for no limit of theirs.',
    }),
    said_by: PersonQuota.properties.said_by,
    group: PersonQuota.properties.group,
    is_told: Type.Boolean({ description: 'Whether Nextcloud was told what holds. It is told until it hears.' }),
    error_code: Type.Union([Type.String(), Type.Null()], { description: 'Why it was not told the last time.' }),
  },
  {
    examples: [
      {
        ...{ used: 73_400_320, quota: 5_368_709_120, said_by: 'group', group: 'teachers' },
        ...{ is_told: true, error_code: null },
      },
    ],
  },
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
