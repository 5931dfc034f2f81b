import type { ImapFlow } from 'imapflow'
import { type MailboxSnapshot, searchUids } from '#integrations/imap/imap-mailbox.ts'
import { announce, type ConnectedAccount } from './account-context.ts'
import { type Cursor, type Folder, folderStore } from './folder-store.ts'
import type { Listed, Listing } from './listing.ts'
import { applyListing, type Origin } from './listing-apply.ts'
import { tombstoneStore } from './tombstone-store.ts'

/** Looks into other folders for what vanished there; selects them, so `client` is elsewhere afterwards. */
export type LookElsewhere = (folderIds: readonly string[]) => Promise<void>

/**
 * Lists what arrived since the stored UIDNEXT, oldest first, which moves with each batch. A message that lies in
 * another folder too was copied or moved: that folder is looked at first, so that a moved one keeps its id.
 */
export async function pullArrivals(
  account: ConnectedAccount,
  client: ImapFlow,
  sources: { folder: Folder; snapshot: MailboxSnapshot; listing: Listing; lookElsewhere: LookElsewhere },
): Promise<Folder> {
  const { snapshot, listing, lookElsewhere } = sources
  let folder = sources.folder
  const uids = await searchUids(client, folder.uidnext ?? 1, snapshot.uidNext)
  // Looking elsewhere leaves the folder: everything is fetched before that, batch by batch.
  while (uids.length > 0) {
    const batch = uids.splice(0, listing.batchSize)
    const { rows, settle } = await listing.fetch(client, batch)
    const isLast = uids.length === 0
    const twins = account.isLabelled
      ? []
      : await tombstoneStore.foldersOfTwins(account.database, account.key, folder, rows)
    if (twins.length > 0) await lookElsewhere(twins)
    const uidnext = isLast ? snapshot.uidNext : (batch.at(-1) ?? 0) + 1
    folder = await store(account, folder, { rows, settle, origin: 'arrived', cursor: { uidnext } })
    if (twins.length > 0 && !isLast) await client.mailboxOpen(folder.path)
  }
  if (folder.uidnext === snapshot.uidNext) return folder
  return store(account, folder, { rows: [], origin: 'arrived', cursor: { uidnext: snapshot.uidNext } })
}

/** Lists messages of the listed range that an earlier answer lacked. */
export async function pullMissed(
  account: ConnectedAccount,
  client: ImapFlow,
  sources: { folder: Folder; uids: readonly number[]; listing: Listing },
): Promise<void> {
  const { folder, listing } = sources
  const uids = [...sources.uids]
  while (uids.length > 0) {
    const listed = await listing.fetch(client, uids.splice(0, listing.batchSize))
    await store(account, folder, { ...listed, origin: 'found', cursor: {} })
  }
}

async function store(
  account: ConnectedAccount,
  folder: Folder,
  { rows, settle, origin, cursor }: Pick<Listed, 'rows'> & Partial<Listed> & { origin: Origin; cursor: Cursor },
): Promise<Folder> {
  const inserted = await account.commit(async (tx) => {
    const applied = await applyListing(tx, account.key, folder, { rows, origin, isLabelled: account.isLabelled })
    await folderStore.setCursor(tx, account.key, folder.id, cursor)
    await settle?.(tx)
    await announce(account, tx, applied.events)
    return applied.inserted
  })
  account.metrics.messagesSynced.inc(inserted)
  return { ...folder, ...cursor }
}
