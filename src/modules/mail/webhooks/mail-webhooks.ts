import { Type } from 'typebox'
import type { Queryable } from '#platform/database/database.ts'
import type { EventData, ToldEvent, WebhookCatalog } from '#platform/webhooks/catalog.ts'
import { accountStore } from '../accounts/account-store.ts'
import { Account, accountOf } from '../accounts/account-wire.ts'
import type { FolderStore } from '../reading/folder-store.ts'
import { summaryOf } from '../reading/message-presentation.ts'
import type { MessageStore } from '../reading/message-store.ts'
import { Folder, MessageSummary } from '../reading/wire.ts'
import { eventDocuments } from './event-documents.ts'

type Stores = { messages: Pick<MessageStore, 'listed'>; folders: Pick<FolderStore, 'list'> }

const maxFolders = 10_000

/** What mail sends by webhooks: all of its events. A full payload has the message, folder or mailbox that one is about. */
export const createMailWebhooks = (stores: Stores): WebhookCatalog => ({
  module: 'mail',
  events: eventDocuments,
  filterable: ['mail_account_id', 'folder_id', 'message_id', 'thread_id', 'draft_id', 'outbox_id', 'rule_id'],
  orderKeyOf: ({ type, data }) => String(subjects.map((name) => data[name]).find(Boolean) ?? type),
  resources: Type.Object({ message: MessageSummary, folder: Folder, mail_account: Account }),
  resourcesOf: async (db, ownerId, events) => {
    const found = await find(stores, db, ownerId, events)
    return events.map((event) => resourceOf(event, found))
  },
})

/** What an event may be about, the most particular first. */
const subjects = ['message_id', 'draft_id', 'outbox_id', 'folder_id', 'mail_account_id'] as const

type Kind = 'message' | 'folder' | 'mail_account'

function kindOf({ data }: ToldEvent): Kind | undefined {
  if (data.message_id) return 'message'
  if (data.draft_id || data.outbox_id) return undefined
  if (data.folder_id) return 'folder'
  return data.mail_account_id ? 'mail_account' : undefined
}

const idOf = (event: ToldEvent, kind: Kind): string => String(event.data[`${kind}_id`])

type Found = Readonly<Record<Kind, ReadonlyMap<string, EventData>>>

async function find({ messages, folders }: Stores, db: Queryable, ownerId: string, events: readonly ToldEvent[]) {
  const idsOf = (kind: Kind) => [
    ...new Set(events.filter((event) => kindOf(event) === kind).map((event) => idOf(event, kind))),
  ]
  const messageIds = idsOf('message')
  const accountIds = idsOf('mail_account')
  const [messageRows, folderRows, accountRows] = await Promise.all([
    messageIds.length > 0 ? messages.listed(ownerId, messageIds, db) : [],
    idsOf('folder').length > 0 ? folders.list(ownerId, { limit: maxFolders }) : [],
    accountIds.length > 0 ? accountStore.list(db, ownerId, { after: undefined, limit: maxFolders }) : [],
  ])
  return {
    message: byId(messageRows.map(summaryOf)),
    folder: byId(folderRows.map(({ rank: _, ...folder }) => folder)),
    mail_account: byId(accountRows.map(accountOf)),
  }
}

const byId = <Resource extends EventData & { id: string }>(resources: readonly Resource[]) =>
  new Map<string, EventData>(resources.map((resource) => [resource.id, resource]))

function resourceOf(event: ToldEvent, found: Found): EventData | undefined {
  const kind = kindOf(event)
  const resource = kind && found[kind].get(idOf(event, kind))
  return kind && resource && { [kind]: resource }
}
