import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { nextcloudErrors } from '#integrations/nextcloud/nextcloud-errors.ts'
import { Contact } from './contact-wire.ts'
import type { Contacts } from './contacts.ts'

const tags = ['contacts']
const Categories = Type.Object(
  { items: Type.Array(Type.Object({ name: Type.String(), count: Type.Integer() })) },
  { examples: [{ items: [{ name: 'Pioneers', count: 3 }] }] },
)

export function groupRoutes(contacts: Contacts): FastifyPluginAsyncTypebox {
  return async (http) => {
    http.get(
      '/categories',
      {
        schema: {
          summary: 'The categories of your contacts, and how many each has',
          ...{ tags, response: { 200: Categories } },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor }) => contacts.categories(actor),
    )

    http.get(
      '/groups',
      {
        schema: {
          summary: 'Your groups: contacts of kind group, whose members are named by their uids',
          description: 'Made, changed and deleted as any contact is.',
          ...{ tags, response: { 200: Type.Object({ items: Type.Array(Contact) }) } },
        },
        config: { permission: 'contacts:read', errors: nextcloudErrors },
      },
      ({ actor }) => contacts.groups(actor),
    )
  }
}
