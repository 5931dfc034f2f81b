import type { ImapFlow } from 'imapflow'
import { type MailboxSnapshot, selectMailbox } from '#integrations/imap/imap-mailbox.ts'
import type { ConnectedAccount } from './account-context.ts'
import { pullArrivals, pullMissed } from './arrivals.ts'
import { type DeltaOutcome, pullDelta } from './delta.ts'
import { type Folder, folderStore, isSynced } from './folder-store.ts'
import type { Listing } from './listing.ts'
import { openEpoch, reopenEpoch, UnstableEpoch } from './uidvalidity.ts'

export type FolderOutcome = { folder: Folder; hasVanished: boolean }

/**
 * Brings one folder up to date: its epoch, what arrived, then flags and presence of what is listed. Old mail is the
 * backfill's. A folder that the server refuses to select is counted and, the third time, parked.
 */
export function createFolderSync(account: ConnectedAccount, client: ImapFlow, listing: Listing) {
  async function select(folder: Folder): Promise<MailboxSnapshot | undefined> {
    return selectMailbox(client, folder.path).catch((error) => refused(folder, error))
  }

  /** Some servers list folders that do not exist, or never give the same UIDVALIDITY twice. */
  async function refused(folder: Folder, error: unknown): Promise<undefined> {
    const isOfFolder = error instanceof UnstableEpoch || (error as { responseStatus?: string }).responseStatus === 'NO'
    // A connection that ended with the refusal was throttled: that says nothing about the folder.
    if (!isOfFolder || !client.usable) throw error
    const { key, timings } = account
    await account.commit((tx) => folderStore.countFailedSelect(tx, key, folder.id, timings.parkMs))
    account.log.warn({ folderId: folder.id, err: error }, 'the server refused a folder')
  }

  async function delta(folder: Folder, snapshot: MailboxSnapshot): Promise<DeltaOutcome> {
    const outcome = await pullDelta(account, client, folder, snapshot)
    if (outcome.unknown.length > 0) await pullMissed(account, client, { ...outcome, uids: outcome.unknown, listing })
    return outcome
  }

  /** Only what vanished and changed in folders from which messages may have been moved. */
  async function lookElsewhere(folderIds: readonly string[]): Promise<void> {
    for (const folder of await folderStore.list(account.database, account.key)) {
      if (!folderIds.includes(folder.id) || !isSynced(folder)) continue
      if (!folder.isSelectable || folder.uidvalidity === null) continue
      const snapshot = await select(folder)
      if (snapshot?.uidValidity === folder.uidvalidity) await delta(folder, snapshot)
    }
  }

  return {
    /** Undefined when the server does not let the folder be selected. */
    async sync(known: Folder): Promise<FolderOutcome | undefined> {
      const first = await select(known)
      if (!first) return undefined
      if (known.uidvalidity === null) return { folder: await openEpoch(account, known, first), hasVanished: false }
      const epoch =
        known.uidvalidity === first.uidValidity
          ? { folder: known, snapshot: first }
          : await reopenEpoch(account, client, known, first).catch((error) => refused(known, error))
      if (!epoch) return undefined
      const arrived = await pullArrivals(account, client, { ...epoch, listing, lookElsewhere })
      if (client.mailbox && client.mailbox.path !== known.path) await client.mailboxOpen(known.path)
      const { folder, hasVanished } = await delta(arrived, epoch.snapshot)
      return { folder, hasVanished }
    },
  }
}
