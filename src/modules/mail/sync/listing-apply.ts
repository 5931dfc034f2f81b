import type { Tx } from '#platform/database/database.ts'
import { newId } from '#platform/ids.ts'
import type { MailEvent } from '../events.ts'
import type { Letter } from '../threads/thread-letter.ts'
import { threadLetters } from '../threads/threading.ts'
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
  await listingStore.insertMessages(tx, key, fresh)
  const locations = fresh.map(({ id, row }) => newLocation(row, id, folder.id))
  const rebound = await rebind(tx, key, folder, rows, tombstones)
  const added = await addPlaces(tx, key, folder, unseen, idOf)
  await listingStore.insertLocations(tx, key, folder, [...locations, ...rebound, ...added])
  return {
    inserted: rows.length,
    events: [
      ...events,
      ...movedEvents(key, folder, tombstones),
      ...(listing.origin === 'arrived' ? createdEvents(key, folder, fresh) : []),
    ],
  }
}

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

const newLocation = (row: MessageRow, messageId: string, shownFolderId: string): NewLocation => ({
  uid: row.uid,
  modseq: row.modseq,
  messageId,
  shownFolderId,
  receivedAt: row.receivedAt,
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
  const pending = await pendingChanges(tx, key, messageIds)
  return rows.flatMap((row) => {
    const tombstone = tombstones.get(row.uid)
    return tombstone ? reboundLocation(row, tombstone, folder, pending.get(tombstone.message_id)) : []
  })
}

function reboundLocation(row: MessageRow, tombstone: Tombstone, folder: Folder, pending?: PendingChanges): NewLocation {
  return {
    ...newLocation(row, tombstone.message_id, pending?.movedTo ?? folder.id),
    receivedAt: tombstone.received_at,
    flags: withPendingChanges(row.rawFlags, pending?.flagChanges ?? []),
  }
}

/** A message that its owner already sees here, or that only got a new UID, did not move. */
function movedEvents(key: AccountKey, folder: Folder, tombstones: Map<number, Tombstone>): MailEvent[] {
  return [...tombstones.values()]
    .filter((tombstone) => tombstone.shown_folder_id !== folder.id)
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
function createdEvents(key: AccountKey, folder: Folder, fresh: readonly NewMessage[]): MailEvent[] {
  if (folder.role === 'drafts' || folder.role === 'sent') return []
  return fresh.map(({ id, row, threading }) => ({
    type: 'mail.message_created',
    data: {
      mail_account_id: key.mailAccountId,
      folder_id: folder.id,
      message_id: id,
      thread_id: threading.threadId,
      subject: row.subject,
      from: row.from,
      received_at: row.receivedAt.toISOString(),
    },
  }))
}
