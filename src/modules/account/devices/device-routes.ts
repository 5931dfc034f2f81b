import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '#platform/audit/audit.ts'
import { idempotencyHeaders } from '#platform/http/idempotency.ts'
import { page, pageQuery } from '#platform/http/routes.ts'
import { type Devices, deviceModules } from './devices.ts'

const Modules = Type.Array(Type.String({ enum: [...deviceModules] }), { minItems: 1, maxItems: 3, uniqueItems: true })
const members = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  modules: Modules,
  created_at: Type.String({ format: 'date-time' }),
  last_used_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description: 'To the minute.' }),
  last_user_agent: Type.Union([Type.String(), Type.Null()], { description: 'What it called itself then.' }),
}
const example = {
  ...{ id: '0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b', name: 'Phone', modules: ['calendar', 'contacts'] },
  ...{ created_at: '2026-05-23T09:00:00.000Z', last_used_at: '2026-05-24T07:31:00.000Z', last_user_agent: 'DAVx5/4.4' },
}
const Device = Type.Object(members, { examples: [example] })
const CreatedDevice = Type.Object(
  {
    ...members,
    password: Type.String({ description: 'Shown this once. Dashes and capitals make no difference.' }),
    username: Type.Union([Type.String(), Type.Null()], { description: 'What to sign in as: your address.' }),
    dav_url: Type.String({ description: 'Where the device finds files, calendars and contacts.' }),
  },
  {
    examples: [
      {
        ...example,
        last_used_at: null,
        last_user_agent: null,
        password: 'abcd-efgh-ijkm-npqr-stuv-wxyz',
        username: 'alice@ulti.example',
        dav_url: 'https://ulti.example/dav/',
      },
    ],
  },
)
const NewDevice = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    modules: Type.Optional(
      Type.Array(Type.String({ enum: [...deviceModules] }), {
        minItems: 1,
        maxItems: 3,
        description: 'What it opens; all by default.',
      }),
    ),
  },
  { examples: [{ name: 'Phone', modules: ['calendar', 'contacts'] }] },
)

export function deviceRoutes(devices: Devices, { publicUrl }: { publicUrl: string }): FastifyPluginAsyncTypebox {
  const tags = ['account']
  return async (http) => {
    http.get(
      '/devices',
      {
        schema: {
          summary: 'Your phones and programs that sync by WebDAV, CalDAV and CardDAV, newest first',
          ...{ tags, querystring: Type.Object(pageQuery), response: { 200: page(Device) } },
        },
        config: { permission: 'account:read' },
      },
      ({ ownerId, query }) => devices.list(ownerId, { limit: query.limit ?? 50, cursor: query.cursor }),
    )

    http.post(
      '/devices',
      {
        schema: {
          summary: 'Make a password for a phone or a program',
          description:
            'The device signs in at `dav_url` with your address and this password, which opens nothing else.',
          ...{ tags, headers: idempotencyHeaders, body: NewDevice, response: { 201: CreatedDevice } },
        },
        config: {
          permission: 'account:write',
          feature: 'device_passwords',
          errors: { 409: ['account.too_many_devices'], 422: ['idempotency_key_reused'] },
        },
      },
      async (request, reply) => {
        const key = request.headers['idempotency-key']
        const { actor } = request
        const created = await devices.create(actor, request.body, key, originOf(request))
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .send({ ...created, username: actor.email, dav_url: `${publicUrl}/dav/` })
      },
    )

    http.delete(
      '/devices/:id',
      {
        schema: {
          summary: 'Revoke the password of a device',
          ...{ tags, params: Type.Object({ id: Type.String({ format: 'uuid' }) }) },
          response: { 204: Type.Null({ description: 'It stops working within a second.' }) },
        },
        config: { permission: 'account:write' },
      },
      async (request, reply) => {
        await devices.revoke(request.actor, request.params.id, originOf(request))
        return reply.code(204).send(null)
      },
    )
  }
}
