import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Database, Transact } from '#platform/database/database.ts'
import { actStore } from './act-store.ts'

const ActPreference = Type.Object(
  {
    undo_seconds: Type.Integer({
      minimum: 0,
      maximum: 120,
      description: 'How long an act can be taken back; deletions for good wait that long. 0: not at all.',
    }),
  },
  { examples: [{ undo_seconds: 30 }] },
)

export function actPreferenceRoutes(deps: { database: Database; transact: Transact }): FastifyPluginAsyncTypebox {
  const tags = ['mail']
  return async (http) => {
    http.get(
      '/act-preferences',
      {
        schema: { summary: 'How long your acts on mail can be taken back', tags, response: { 200: ActPreference } },
        config: { permission: 'mail:read' },
      },
      async ({ ownerId }) => ({ undo_seconds: await actStore.undoSeconds(deps.database, ownerId) }),
    )

    http.put(
      '/act-preferences',
      {
        schema: {
          summary: 'Choose how long your acts on mail can be taken back',
          ...{ tags, body: ActPreference, response: { 200: ActPreference } },
        },
        config: { permission: 'mail:write' },
      },
      async ({ ownerId, body }) => {
        await deps.transact((tx) => actStore.setUndoSeconds(tx, ownerId, body.undo_seconds))
        return body
      },
    )
  }
}
