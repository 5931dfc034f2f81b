import type { Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import { noteArrivals } from '../arrivals/note-arrivals.ts'
import { recordWrittenTo } from '../correspondents/correspondents.ts'
import type { MailEvent } from '../events.ts'
import { screenArrivals } from '../screening/screen-arrivals.ts'
import { screenStore } from '../screening/screen-store.ts'
import { snoozeStore } from '../snooze/snooze-store.ts'
import type { Letter } from '../threads/thread-letter.ts'
import { threadLetters } from '../threads/threading.ts'
import { withoutImported } from '../transfer/imported-arrivals.ts'
import type { AccountKey, Folder } from './folder-store.ts'
import { matchTombstones, type Tombstone } from './identity.ts'
import { listingStore, type NewLocation, type NewMessage } from './listing-store.ts'
import { withPendingChanges } from './message-flags.ts'
import type { MessageRow } from './message-row.ts'
import { pendingBodyStore } from './pending-body-store.ts'
import { type PendingChanges, pendingChanges } from './pending-changes.ts'
import { tombstoneStore } from './tombstone-store.ts'

/** Whether the messages arrived after the folder was first seen, or were found in it. Only the former are news. */
export type Origin = 'arrived' | 'found'

export type AppliedListing = { inserted: number; events: MailEvent[] }

/**
 * Stores listed messages of `folder`, each once: what is stored already is left alone, what vanished elsewhere keeps
 * its id, the rest are new messages. Answers the events to append last.
 */
export async function applyListing(
  tx: Tx,
  key: AccountKey,
  folder: Folder,
  listing: { rows: readonly MessageRow[]; origin: Origin; isLabelled?: boolean },
): Promise<AppliedListing> {
  const uids = listing.rows.map((row) => row.uid)
  const stored = await listingStore.revive(tx, key, folder, uids)
  const rows = listing.rows.filter((row) => !stored.has(row.uid))
  if (rows.length === 0) return { inserted: 0, events: [] }
  const tombstones = matchTombstones(rows, await tombstoneStore.candidates(tx, key, folder, rows), folder.id)
  const unseen = rows.filter((row) => !tombstones.has(row.uid))
  const labelled = listing.isLabelled ? await listingStore.findByEmailIds(tx, key, unseen) : new Map<string, string>()
  const idOf = (row: MessageRow) => (row.serverEmailId === null ? undefined : labelled.get(row.serverEmailId))
  const unknown = unseen.filter((row) => idOf(row) === undefined).map(letterOf)
  const { letters: fresh, events } = await threadLetters(tx, key, unknown)
  await screenStore.followMerges(tx, key.ownerId, events.flatMap(mergesOf))
  await listingStore.insertMessages(tx, key, fresh)
  const written = folder.role === 'sent' ? fresh.flatMap(({ row }) => recipientsOf(row)) : []
  await recordWrittenTo(tx, key.ownerId, written)
  const arrived = listing.origin === 'arrived' && !isOwnWriting(folder) ? fresh : []
  const news = await withoutImported(tx, { ownerId: key.ownerId, folderId: folder.id }, arrived)
  const screened = await screenArrivals(tx, key, folder.id, folder.role === 'inbox' ? news : [])
  const folderOf = ({ id }: NewMessage) => screened.folderOf.get(id) ?? folder.id
  const locations = fresh.map((message) => newLocation(message.row, message.id, folderOf(message)))
  const rebound = await rebind(tx, key, folder, rows, tombstones)
  const added = await addPlaces(tx, key, folder, unseen, idOf)
  await listingStore.insertLocations(tx, key, folder, [...locations, ...rebound, ...added])
  for (const [folderId, arrived] of Map.groupBy(news, folderOf)) {
    await noteArrivals(tx, { ...key, folderId, messageIds: arrived.map(({ id }) => id) })
  }
  const created = news.map((message) => createdEvent(key, folderOf(message), message))
  return {
    inserted: rows.length,
    events: [...events, ...screened.events, ...movedEvents(key, folder, tombstones), ...created],
  }
}

const mergesOf = (event: MailEvent) => (event.type === 'mail.thread_merged' ? event.data.merges : [])

const letterOf = (row: MessageRow): Letter & { row: MessageRow } => ({
  row,
  id: newId(),
  messageIdHeader: row.messageIdHeader,
  inReplyTo: row.inReplyTo,
  references: row.references,
  serverThreadId: row.serverThreadId,
  subject: row.subject,
  from: row.from.email,
  recipients: row.recipients,
  date: row.sentAt ?? row.receivedAt,
})

const recipientsOf = ({ recipients }: MessageRow): string[] =>
  [recipients.to, recipients.cc, recipients.bcc].flatMap((list) => (list ?? []).map(({ email }) => email))

const newLocation = (row: MessageRow, messageId: string, shownFolderId: string): NewLocation => ({
  uid: row.uid,
  modseq: row.modseq,
  messageId,
  shownFolderId,
  receivedAt: row.receivedAt,
  hasAttachments: row.hasAttachments,
  flags: row.flags,
})

/** Messages that are known from other folders of a server whose folders are labels. */
async function addPlaces(
  tx: Tx,
  key: AccountKey,
  folder: Folder,
  rows: readonly MessageRow[],
  idOf: (row: MessageRow) => string | undefined,
): Promise<NewLocation[]> {
  const messageIds = rows.flatMap((row) => idOf(row) ?? [])
  if (messageIds.length === 0) return []
  if (folder.sync === 'all') await pendingBodyStore.want(tx, key, messageIds)
  const pending = await pendingChanges(tx, key, messageIds)
  return rows.flatMap((row) => {
    const messageId = idOf(row)
    if (messageId === undefined) return []
    const flags = withPendingChanges(row.rawFlags, pending.get(messageId)?.flagChanges ?? [])
    return { ...newLocation(row, messageId, folder.id), flags }
  })
}

async function rebind(
  tx: Tx,
  key: AccountKey,
  folder: Folder,
  rows: readonly MessageRow[],
  tombstones: Map<number, Tombstone>,
): Promise<NewLocation[]> {
  if (tombstones.size === 0) return []
  await tombstoneStore.remove(tx, key, [...tombstones.values()])
  const messageIds = [...tombstones.values()].map((tombstone) => tombstone.message_id)
  if (folder.sync === 'all') await pendingBodyStore.want(tx, key, messageIds)
  await snoozeStore.forget(tx, key.ownerId, idsOfMoved(folder, tombstones))
  const pending = await pendingChanges(tx, key, messageIds)
  return rows.flatMap((row) => {
    const tombstone = tombstones.get(row.uid)
    return tombstone ? reboundLocation(row, tombstone, folder, pending.get(tombstone.message_id)) : []
  })
}

/** Found in another folder than the one in which they were last. */
const idsOfMoved = (folder: Folder, tombstones: Map<number, Tombstone>) =>
  [...tombstones.values()].filter((one) => one.folder_id !== folder.id).map((one) => one.message_id)

function reboundLocation(row: MessageRow, tombstone: Tombstone, folder: Folder, pending?: PendingChanges): NewLocation {
  return {
    ...newLocation(row, tombstone.message_id, shownFolder(tombstone, folder, pending)),
    receivedAt: tombstone.sorted_at,
    isDeleted: tombstone.is_deleted,
    flags: withPendingChanges(row.rawFlags, pending?.flagChanges ?? []),
  }
}

/** What is snoozed and only got a new UID stays so. */
const shownFolder = (tombstone: Tombstone, folder: Folder, pending?: PendingChanges): string =>
  tombstone.is_snoozed && tombstone.folder_id === folder.id
    ? tombstone.shown_folder_id
    : (pending?.movedTo ?? folder.id)

/** A message that its owner already sees here, or that only got a new UID, did not move. */
function movedEvents(key: AccountKey, folder: Folder, tombstones: Map<number, Tombstone>): MailEvent[] {
  return [...tombstones.values()]
    .filter((tombstone) => shownFolder(tombstone, folder) !== tombstone.shown_folder_id)
    .map((tombstone) => ({
      type: 'mail.message_moved',
      data: {
        mail_account_id: key.mailAccountId,
        message_id: tombstone.message_id,
        from_folder_id: tombstone.shown_folder_id,
        folder_id: folder.id,
      },
    }))
}

/** What the owner wrote is no news to them. */
const isOwnWriting = ({ role }: Folder): boolean => role === 'drafts' || role === 'sent'

const createdEvent = (key: AccountKey, folderId: string, { id, row, threading }: NewMessage): MailEvent => ({
  type: 'mail.message_created',
  data: {
    mail_account_id: key.mailAccountId,
    folder_id: folderId,
    message_id: id,
    thread_id: threading.threadId,
    subject: row.subject,
    from: row.from,
    received_at: row.receivedAt.toISOString(),
  },
})
