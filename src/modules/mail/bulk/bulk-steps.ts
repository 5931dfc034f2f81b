import type { Tx } from '#platform/database/database.ts'
import { actStore, type StoredAct } from '../acts/act-store.ts'
import type { Action } from '../acts/action.ts'
import { performActs } from '../acts/acts.ts'
import { undoItems } from '../acts/undo.ts'
import type { MailEvent } from '../events.ts'
import type { Wake } from '../wake.ts'
import type { BulkAct, BulkKind, Progress } from './bulk-store.ts'
import { bulkWalkStore as store } from './bulk-walk-store.ts'

/** Messages of one transaction; of places that are only looked at, more. */
const chunk = 1000
const placesAtOnce = 10_000

/** A chunk of the work, and what there is to tell of it: one event a folder, and none for the messages. */
export type Step = Progress & { events: MailEvent[] }

type Take = (tx: Tx, ownerId: string, wake: Wake, bulk: BulkAct) => Promise<Step>

/** What the next chunk of each kind of work does. */
export const steps: Readonly<Record<BulkKind, Take>> = {
  read_folder: (tx, ownerId, wake, bulk) => actOnFolder(tx, ownerId, wake, bulk, { kind: 'read' }),
  empty_folder: (tx, ownerId, wake, bulk) => actOnFolder(tx, ownerId, wake, bulk, { kind: 'delete' }),

  async undo(tx, ownerId, wake, { subject_id: actId, cursor }) {
    const items = await actStore.items(tx, ownerId, actId, { after: cursor?.[0], limit: chunk })
    const { events } = await undoItems(tx, ownerId, wake, items)
    const last = items.at(-1)
    const next = last && items.length === chunk ? [last.message_id] : undefined
    return { done: items.length, cursor: next, actId: null, events: foldersOf(events) }
  },

  async delete_label(tx, ownerId, wake, { subject_id: id, arguments: { name = '', keyword = '' } }) {
    const messageIds = await store.labelled(tx, ownerId, id, chunk)
    const labels = new Map([[id, { id, name, keyword }]])
    const acting = { messageIds, actions: [{ kind: 'unlabel', labelIds: [id] } as const], labels }
    await performActs(tx, ownerId, wake, acting)
    await store.forgetLabelled(tx, ownerId, id, messageIds)
    const cursor = messageIds.length === chunk ? [] : undefined
    return { done: messageIds.length, cursor, actId: null, events: [] }
  },

  async adopt_label(tx, ownerId, _wake, { subject_id: id, arguments: { name = '', keyword = '' }, cursor: after }) {
    const { walked, cursor } = await store.adopt(tx, ownerId, { id, name, keyword }, { after, limit: placesAtOnce })
    return { done: walked, cursor, actId: null, events: [] }
  },
}

async function actOnFolder(tx: Tx, ownerId: string, wake: Wake, bulk: BulkAct, action: Action): Promise<Step> {
  const { subject_id: folderId, cursor: after } = bulk
  const page = { isUnread: action.kind === 'read', after, limit: chunk }
  const places = await store.inFolder(tx, ownerId, folderId, page)
  const undoableAs = (await earlierAct(tx, ownerId, bulk)) ?? bulk.kind
  const messageIds = [...new Set(places.map((place) => place.id))]
  const acting = { messageIds, actions: [action], inFolderId: folderId, undoableAs }
  const { act, events } = await performActs(tx, ownerId, wake, acting)
  const cursor = places.length === chunk ? places.at(-1)?.cursor : undefined
  return { done: places.length, cursor, actId: act?.id ?? bulk.act_id, events: foldersOf(events, folderId) }
}

/** What all chunks of one work are taken back by. */
async function earlierAct(tx: Tx, ownerId: string, { act_id }: BulkAct): Promise<StoredAct | undefined> {
  return act_id === null ? undefined : actStore.find(tx, ownerId, act_id)
}

/** An event for each folder in which something changed. */
function foldersOf(events: readonly MailEvent[], folderId?: string): MailEvent[] {
  const folders = new Map<string, string>()
  for (const { data } of events) {
    const { mail_account_id, folder_id = folderId } = data as { mail_account_id: string; folder_id?: string }
    if (folder_id !== undefined) folders.set(folder_id, mail_account_id)
  }
  return [...folders].map(([folder_id, mail_account_id]) => ({
    type: 'mail.folder_updated',
    data: { mail_account_id, folder_id },
  }))
}
