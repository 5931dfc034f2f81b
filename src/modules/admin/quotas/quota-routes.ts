import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { conditionalHeaders } from '#platform/http/etag.ts'
import { callerOf } from '../admin-schemas.ts'
import { PersonParams } from '../people/person-wire.ts'
import type { PresentedQuotas } from './person-quotas.ts'
import type { QuotaEditing } from './quota-editing.ts'
import { GroupQuotasBody, LimitsBody, OwnStorage, PersonQuotas } from './quota-wire.ts'

const tags = ['admin']
const permission = 'admin:users' as const

export function quotaRoutes(editing: QuotaEditing, presented: PresentedQuotas): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/quotas',
      {
        schema: {
          summary: 'How much people may keep, by their groups',
          ...{ tags, response: { 200: GroupQuotasBody } },
        },
        config: { permission },
      },
      async (_request, reply) => {
        const quotas = await editing.viewGroups()
        return reply.header('etag', editing.etagOf(quotas)).send(quotas as never)
      },
    )
    http.put(
      '/quotas',
      {
        schema: {
          summary: 'Say how much people of which group may keep',
          description:
            'In force within five seconds, for the drive once Nextcloud was told. What is kept already stays; what is said of a person alone wins.',
          ...{ tags, headers: conditionalHeaders, body: GroupQuotasBody, response: { 200: GroupQuotasBody } },
        },
        config: { permission, errors: { 409: ['admin.file_storage_off'], 412: ['etag_mismatch'] } },
      },
      async (request, reply) => {
        const next = await editing.replaceGroups(callerOf(request), request.body, request.headers['if-match'])
        return reply.header('etag', editing.etagOf(next)).send(next as never)
      },
    )
    http.get(
      '/people/:person_id/quotas',
      {
        schema: {
          summary: 'How much a person may keep, by whose word, and how much they do',
          ...{ tags, params: PersonParams, response: { 200: PersonQuotas } },
        },
        config: { permission },
      },
      async ({ params }) => {
        await editing.requirePerson(params.person_id)
        return { items: await presented.ofPerson(params.person_id) }
      },
    )
    http.put(
      '/people/:person_id/quotas',
      {
        schema: {
          summary: 'Say how much a person may keep, whatever is said of their groups',
          description: 'What is left out is their groups’ word again. What is kept already stays.',
          ...{ tags, params: PersonParams, body: LimitsBody, response: { 200: PersonQuotas } },
        },
        config: { permission, errors: { 409: ['admin.file_storage_off'] } },
      },
      async (request) => {
        await editing.replaceOwn(callerOf(request), request.params.person_id, request.body)
        return { items: await presented.ofPerson(request.params.person_id) }
      },
    )
  }
}

/** What everybody sees of their own. */
export function ownStorageRoutes(presented: PresentedQuotas): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/storage',
      {
        schema: {
          summary: 'How much you may keep, and how much you do',
          description: 'Mail and attachments; what lies in the drive is told by `/api/v1/drive/quota`.',
          ...{ tags: ['account'], response: { 200: OwnStorage } },
        },
        config: { permission: 'account:read' },
      },
      async ({ actor }) => {
        const items = await presented.ofOwn(actor.personId)
        return { items: items.map(({ kind, used, quota }) => ({ kind, used: used ?? 0, quota })) }
      },
    )
  }
}
