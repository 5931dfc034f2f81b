import type { ImapFlow } from 'imapflow'
import { searchUids, selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import { type AccountContext, announce } from './account-context.ts'
import { type Folder, folderStore } from './folder-store.ts'
import type { Listing } from './listing.ts'
import { applyListing } from './listing-apply.ts'
import { messageRow } from './message-row.ts'
import type { ProgressReport } from './progress.ts'
import { vanishedStore } from './vanished-store.ts'

/**
 * Lists what was in a folder when it was first seen, newest first. `backfill_low` moves in the transaction of each
 * batch: everything from it upwards is stored, so a cut anywhere goes on where it was.
 */
export function createBackfill(account: AccountContext, listing: Listing, progress: ProgressReport) {
  const { key } = account
  // UIDs still to list, ascending, by folder: asked for once a connection, because every batch would have to search.
  const waiting = new Map<string, { epoch: number | null; uids: number[] }>()

  async function uidsOf(client: ImapFlow, folder: Folder): Promise<number[]> {
    const known = waiting.get(folder.id)
    if (known && known.epoch === folder.uidvalidity) return known.uids
    const uids = await searchUids(client, 1, folder.backfillLow ?? 1)
    waiting.set(folder.id, { epoch: folder.uidvalidity, uids })
    return uids
  }
  return {
    isWanted: (folder: Folder) => folder.isSelectable && !folder.isParked && (folder.backfillLow ?? 1) > 1,

    /** Lists one batch of `folder`, which is selected if it is not. Answers the folder with its new cursor. */
    async batch(client: ImapFlow, folder: Folder): Promise<Folder> {
      if (!isSelected(client, folder)) {
        const snapshot = await selectMailbox(client, folder.path)
        if (snapshot.uidValidity !== folder.uidvalidity) return { ...folder, isParked: true }
      }
      const uids = await uidsOf(client, folder)
      const batch = uids.slice(-listing.batchSize)
      const listed = await listing.fetch(client, batch)
      const rows = listed.map((message) => messageRow(message, new Date()))
      uids.length -= batch.length
      const backfillLow = uids.length === 0 ? 1 : (batch[0] ?? 1)
      const inserted = await account.commit(async (tx) => {
        const applied = await applyListing(tx, key, folder, { rows, origin: 'found' })
        await folderStore.setCursor(tx, key, folder.id, { backfillLow })
        if (backfillLow === 1) await vanishedStore.markEarlierEpochsGone(tx, key, folder)
        await announce(account, tx, [...applied.events, ...(await progress.add(tx, batch.length))])
        return applied.inserted
      })
      account.metrics.mailMessagesSynced.inc(inserted)
      return { ...folder, backfillLow }
    },
  }
}

export type Backfill = ReturnType<typeof createBackfill>

function isSelected(client: ImapFlow, folder: Folder): boolean {
  return client.mailbox !== false && client.mailbox.path === folder.path
}
