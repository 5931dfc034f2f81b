import { Type } from 'typebox'
import type { EventDocument, WebhookCatalog } from '#platform/webhooks/catalog.ts'
import type { DriveEvent } from './events.ts'

const item = { item_id: Type.String(), path: Type.String() }
const itemExample = { item_id: '4711', path: '/Playground/Plan of the site.pdf' }
const ofItem = { data: Type.Object(item), example: itemExample }
const ofShare = { data: Type.Object({ share_id: Type.String() }), example: { share_id: '12' } }

/** Every event of the drive has its place here. */
const documents: { readonly [Name in DriveEvent['type']]: EventDocument } = {
  'drive.item_created': { summary: 'A file or a folder was made', ...ofItem },
  'drive.item_updated': { summary: 'A file was given another content, or marked', ...ofItem },
  'drive.item_deleted': { summary: 'A file or a folder was put into the trash', ...ofItem },
  'drive.item_moved': {
    summary: 'A file or a folder was moved or renamed',
    data: Type.Object({ ...item, from_path: Type.String() }),
    example: { ...itemExample, from_path: '/Plan.pdf' },
  },
  'drive.files_changed': {
    summary: 'Something in the files is new, whoever changed it: read again what you show',
    data: Type.Object({}),
    example: {},
  },
  'drive.share_created': { summary: 'Something is shared', ...ofShare },
  'drive.share_updated': { summary: 'A share was changed', ...ofShare },
  'drive.share_deleted': { summary: 'Something is shared no more', ...ofShare },
}

/** What the drive sends by webhooks. */
export const driveWebhooks: WebhookCatalog = {
  module: 'drive',
  events: documents,
  filterable: ['item_id', 'share_id'],
  orderKeyOf: ({ type, data }) => String(data.item_id ?? data.share_id ?? type),
  resources: Type.Object({}),
  resourcesOf: async (_db, _ownerId, events) => events.map(() => undefined),
}
