import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { callerOf } from '../admin-schemas.ts'
import { Maintenance } from './overview-wire.ts'
import type { Switches } from './switches.ts'

const tags = ['admin']
const permission = 'admin:operations' as const
const config = { permission }

const MaintenanceBody = Type.Object(
  {
    is_on: Type.Boolean(),
    message: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 500 }), Type.Null()])),
  },
  { examples: [{ is_on: true, message: 'We move to a new machine until ten o’clock.' }] },
)
const FeatureItem = Type.Object(
  { name: Type.String(), description: Type.String(), is_on: Type.Boolean() },
  { examples: [{ name: 'webhooks', description: 'Webhooks are made.', is_on: true }] },
)
const Features = Type.Object(
  { items: Type.Array(FeatureItem) },
  { examples: [{ items: [{ name: 'webhooks', description: 'Webhooks are made.', is_on: true }] }] },
)
const FeatureBody = Type.Object({ is_on: Type.Boolean() }, { examples: [{ is_on: false }] })
const FeatureParams = Type.Object({ feature: Type.String({ maxLength: 100 }) })

export function switchRoutes(switches: Switches): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/operations/maintenance',
      { schema: { summary: 'Whether maintenance is on', tags, response: { 200: Maintenance } }, config },
      async () => switches.maintenance(),
    )
    http.put(
      '/operations/maintenance',
      {
        schema: {
          summary: 'Switch maintenance on or off',
          description:
            'While it is on, everybody can read, and who wants to write is told 503 `maintenance` with ' +
            'the message; administration goes on. On all nodes within five seconds. Sync and jobs go on.',
          ...{ tags, body: MaintenanceBody, response: { 200: Maintenance } },
        },
        config,
      },
      async (request) => {
        const { is_on: isOn, message = null } = request.body
        await switches.setMaintenance(callerOf(request), { isOn, message })
        return { is_on: isOn, message }
      },
    )
    http.get(
      '/operations/features',
      { schema: { summary: 'What can be switched off', tags, response: { 200: Features } }, config },
      async () => ({ items: switches.features() }),
    )
    http.put(
      '/operations/features/:feature',
      {
        schema: {
          summary: 'Switch a feature on or off',
          ...{ tags, params: FeatureParams, body: FeatureBody, response: { 200: Features } },
        },
        config,
      },
      async (request) => {
        await switches.setFeature(callerOf(request), request.params.feature, request.body.is_on)
        return { items: switches.features() }
      },
    )
  }
}
