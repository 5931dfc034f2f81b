import { Type } from 'typebox'
import type { EventDocument, WebhookCatalog } from '#platform/webhooks/catalog.ts'
import type { ContactsEvent } from './events.ts'

const ofContact = {
  data: Type.Object({ book_id: Type.String(), path: Type.String(), uid: Type.String(), full_name: Type.String() }),
  example: {
    ...{ book_id: 'contacts', uid: '4fbe8971-0bc3-424c-9c26-36c3e1eff6b1', full_name: 'Grace Hopper' },
    path: '/remote.php/dav/addressbooks/users/alice/contacts/4fbe8971-0bc3-424c-9c26-36c3e1eff6b1.vcf',
  },
}
const ofBook = { data: Type.Object({ book_id: Type.String() }), example: { book_id: 'contacts' } }

/** Every event of contacts has its place here. */
const documents: { readonly [Name in ContactsEvent['type']]: EventDocument } = {
  'contacts.contact_created': { summary: 'A contact was made', ...ofContact },
  'contacts.contact_updated': { summary: 'A contact was changed', ...ofContact },
  'contacts.contact_deleted': { summary: 'A contact was deleted', ...ofContact },
  'contacts.book_created': { summary: 'An address book was made, or is shared with you', ...ofBook },
  'contacts.book_updated': { summary: 'An address book was renamed, or shared otherwise', ...ofBook },
  'contacts.book_deleted': { summary: 'An address book is gone, or is shared with you no more', ...ofBook },
  'contacts.book_synced': { summary: 'More changed in an address book than is told one by one', ...ofBook },
}

/** What contacts send by webhooks. */
export const contactsWebhooks: WebhookCatalog = {
  module: 'contacts',
  events: documents,
  filterable: ['book_id', 'uid'],
  orderKeyOf: ({ type, data }) => String(data.uid ?? data.book_id ?? type),
  resources: Type.Object({}),
  resourcesOf: async (_db, _ownerId, events) => events.map(() => undefined),
}
