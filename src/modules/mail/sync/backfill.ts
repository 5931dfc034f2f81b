import type { ImapFlow } from 'imapflow'
import { searchUids, selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import { announce, type ConnectedAccount } from './account-context.ts'
import { type Folder, folderStore } from './folder-store.ts'
import type { Listed, Listing } from './listing.ts'
import { applyListing } from './listing-apply.ts'
import type { ProgressReport } from './progress.ts'
import { vanishedStore } from './vanished-store.ts'

/** A crash of the database that loses the last pages loses the cursor too: they are listed again. */
const repeatable = { isRepeatable: true }

/** Small, so that a reader sees something soon. */
const firstPage = 100

const isUnfinished = (folder: Folder) => folder.isSelectable && !folder.isParked && (folder.backfillLow ?? 1) > 1

type Page = Listed & { count: number; backfillLow: number }

/**
 * Lists what was in a folder when it was first seen, newest first. `backfill_low` moves in the transaction of each
 * page: everything from it upwards is stored, so a cut anywhere goes on where it was.
 */
export function createBackfill(account: ConnectedAccount, listing: Listing, progress: ProgressReport) {
  const { key, traffic } = account
  // UIDs still to list, ascending, by folder: asked for once a connection, because every page would have to search.
  const waiting = new Map<string, { epoch: number | null; uids: number[] }>()

  async function uidsOf(client: ImapFlow, folder: Folder): Promise<number[]> {
    const known = waiting.get(folder.id)
    if (known && known.epoch === folder.uidvalidity) return known.uids
    const uids = await searchUids(client, 1, folder.backfillLow ?? 1)
    waiting.set(folder.id, { epoch: folder.uidvalidity, uids })
    return uids
  }

  async function fetchPage(client: ImapFlow, uids: number[], limit: number): Promise<Page> {
    const batch = uids.splice(-Math.min(limit, listing.batchSize))
    const backfillLow = uids.length === 0 ? 1 : (batch[0] ?? 1)
    return { ...(await listing.fetch(client, batch)), count: batch.length, backfillLow }
  }

  async function storePage(
    client: ImapFlow,
    folder: Folder,
    { rows, settle, count, backfillLow }: Page,
    isFirst: boolean,
  ): Promise<Folder> {
    const inserted = await account.commit(
      async (tx) => {
        const applied = await applyListing(tx, key, folder, { rows, origin: 'found', isLabelled: account.isLabelled })
        await folderStore.setCursor(tx, key, folder.id, { backfillLow })
        if (backfillLow === 1) await vanishedStore.markEarlierEpochsGone(tx, key, folder)
        await traffic.count(tx, client)
        await settle(tx)
        await announce(account, tx, [...applied.events, ...(await progress.add(tx, count))])
        return applied.inserted
        // The first page is waited for by somebody.
      },
      isFirst ? {} : repeatable,
    )
    account.metrics.messagesSynced.inc(inserted)
    return { ...folder, backfillLow }
  }

  return {
    isUnfinished,

    /** To be listed now. */
    isWanted: (folder: Folder) => isUnfinished(folder) && !traffic.isSpent(),

    /** Nothing of it is listed yet. */
    isUntouched: (folder: Folder) => folder.backfillLow === folder.uidnext,

    /**
     * Selects `folder` and lists page after page until all is listed or `shouldPause`; while one page is stored, the
     * next one is fetched. Answers the folder with its new cursor.
     */
    async run(client: ImapFlow, known: Folder, shouldPause: () => boolean): Promise<Folder> {
      let folder = known
      const snapshot = await selectMailbox(client, folder.path)
      if (snapshot.uidValidity !== folder.uidvalidity) return { ...folder, isParked: true }
      const isFirst = folder.backfillLow === folder.uidnext
      // A folder that was left out for a while begins anew.
      if (isFirst) waiting.delete(folder.id)
      const uids = await uidsOf(client, folder)
      let next: Promise<Page> | undefined = fetchPage(client, uids, isFirst ? firstPage : Number.POSITIVE_INFINITY)
      const isOver = () => uids.length === 0 || shouldPause() || traffic.isSpent()
      const fetchNext = () => (isOver() ? undefined : fetchPage(client, uids, Number.POSITIVE_INFINITY))
      for (let pages = 0; next; pages++) {
        const page: Page = await next
        const isAhead = listing.isSafe
        next = isAhead ? fetchNext() : undefined
        // Awaited after the page is stored; should storing fail, its own failure is no news.
        next?.catch(() => undefined)
        folder = await storePage(client, folder, page, isFirst && pages === 0)
        if (!isAhead) next = fetchNext()
      }
      return folder
    },
  }
}
