import type { ImapFlow } from 'imapflow'
import { folderStatus } from '#integrations/imap/imap-folders.ts'
import { databaseTime } from '#platform/database/clock.ts'
import type { DraftSync } from '../drafts/draft-sync.ts'
import type { ConnectedAccount } from './account-context.ts'
import { createAppends } from './appends.ts'
import { createBackfill } from './backfill.ts'
import { createFolderChanges } from './folder-changes.ts'
import { refreshFolders } from './folder-list.ts'
import { createFolderOps } from './folder-ops.ts'
import { type Folder, FolderWithdrawn, folderStore, isSynced } from './folder-store.ts'
import { createFolderSync } from './folder-sync.ts'
import type { Listing } from './listing.ts'
import type { Originals } from './originals.ts'
import { markPassed } from './pass-end.ts'
import { createProgressReport } from './progress.ts'
import { createRemoteOps } from './remote-ops.ts'
import { threadStoredMail } from './unthreaded.ts'
import { removeDeparted } from './vanished.ts'
import type { WakeBox } from './wake-box.ts'

/** What one connection does for an account, a pass at a time. */
export function createAccountPass(
  account: ConnectedAccount,
  deps: {
    client: ImapFlow
    listing: Listing
    wakes: WakeBox
    originals: Originals
    drafts: DraftSync
    signal: AbortSignal
  },
) {
  const { client, listing, wakes, drafts } = deps
  const { key, timings } = account
  const folderSync = createFolderSync(account, client, listing)
  const remoteOps = createRemoteOps(account, client, createAppends(account, client, deps.originals, deps.signal))
  const folderOps = createFolderOps(account, client)
  const progress = createProgressReport(key)
  const backfill = createBackfill(account, listing, progress)
  const changes = createFolderChanges(client)
  const folders = new Map<string, Folder>()
  let glancedAt = Date.now()
  /** Whether something of the Drafts folder is still to be understood. */
  let areDraftsOpen = true

  async function syncFolder(folder: Folder): Promise<boolean> {
    const outcome = await unlessWithdrawn(() => folderSync.sync(folder))
    if (folders.has(folder.id)) folders.set(folder.id, outcome?.folder ?? { ...folder, isParked: true })
    if (outcome && folder.role === 'drafts') areDraftsOpen = await drafts.pickUp(account, outcome.folder)
    return outcome?.hasVanished ?? false
  }

  /** What its owner deleted or left out meanwhile is no fault: nothing of it was stored. */
  async function unlessWithdrawn<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof FolderWithdrawn)) throw error
      folders.delete(error.folderId)
    }
  }

  /** Does what the owner did to folders; new ones are opened, so that messages in them can be written to. */
  async function writeFolders(): Promise<void> {
    if (!(await folderOps.run())) return
    const stored = (await folderStore.list(account.database, key)).filter(isSynced)
    const ids = new Set(stored.map(({ id }) => id))
    for (const id of folders.keys()) if (!ids.has(id)) folders.delete(id)
    for (const folder of stored) {
      const known = folders.get(folder.id)
      folders.set(folder.id, known ? { ...known, path: folder.path, name: folder.name } : folder)
      if (!known && folder.isSelectable && folder.uidvalidity === null) await syncFolder(folder)
    }
  }

  /** Writes what is pending, and syncs folders into which the server moved messages without saying where. */
  async function write(): Promise<void> {
    wakes.take('changes')
    await writeFolders()
    const unsure = await remoteOps.run()
    await writeFolders()
    const written = await drafts.write(account, client)
    if (written !== undefined) unsure.add(written)
    for (const folder of folders.values()) if (unsure.has(folder.id) && folder.uidvalidity) await syncFolder(folder)
  }

  const withRole = (role: 'inbox' | 'sent' | 'drafts') => [...folders.values()].find((folder) => folder.role === role)

  const isGlanceDue = () => wakes.has('changes') || Date.now() - glancedAt > timings.glanceMs

  /** While old mail is listed, new mail and the owner's changes do not wait for its end. */
  async function glance(): Promise<void> {
    glancedAt = Date.now()
    await write()
    const folder = withRole('inbox')
    const status = folder && (await folderStatus(client, folder.path))
    if (folder && status?.uidNext !== undefined && status.uidNext !== folder.uidnext) await syncFolder(folder)
  }

  async function list(folder: Folder, shouldPause: () => boolean): Promise<void> {
    const listed = await unlessWithdrawn(() => backfill.run(client, folder, shouldPause))
    if (listed) folders.set(folder.id, listed)
    if (listed?.role === 'drafts') areDraftsOpen = await drafts.pickUp(account, listed)
  }

  /** One page of a folder that is seen for the first time, so that a reader sees something at once. */
  async function listFirstPage(folder: Folder | undefined): Promise<void> {
    if (folder && backfill.isWanted(folder) && backfill.isUntouched(folder)) await list(folder, () => true)
  }

  async function listOldMail(): Promise<void> {
    const wanted = () => [...folders.values()].filter(backfill.isWanted)
    for (let [next] = wanted(); next; [next] = wanted()) {
      await list(next, isGlanceDue)
      if (isGlanceDue()) await glance()
    }
  }

  return {
    write,
    withRole,
    syncFolder,

    /** All folders: what changed, what is still to be listed, what is gone for good. */
    async run(onFirstPages: () => Promise<unknown>): Promise<void> {
      wakes.take('sync')
      const startedAt = await databaseTime(account.database)
      await account.traffic.refresh()
      await write()
      await threadStoredMail(account)
      // Dovecot tells of a selected folder what this connection has seen of it, until NOOP lets it look.
      if (client.mailbox && client.mailbox.path !== withRole('inbox')?.path) await client.noop()
      const listed = (await refreshFolders(account, client)).filter(({ folder }) => isSynced(folder))
      folders.clear()
      for (const { folder } of listed) folders.set(folder.id, folder)
      if (listed.some(({ folder }) => folder.uidvalidity === null || backfill.isWanted(folder))) {
        const onServer = listed.reduce((sum, { remote }) => sum + (remote.status?.messages ?? 0), 0)
        progress.start(await folderStore.countMessages(account.database, key), onServer)
      }
      for (const { folder, remote } of listed) {
        if (changes.isWorthSyncing(folder, remote)) await syncFolder(folder)
        await listFirstPage(folders.get(folder.id))
      }
      if ([...folders.values()].some(backfill.isWanted)) {
        await onFirstPages()
        await listOldMail()
      }
      const folder = areDraftsOpen ? withRole('drafts') : undefined
      if (folder) areDraftsOpen = await drafts.pickUp(account, folder)
      await removeDeparted(account, startedAt)
      await markPassed(account, client, { isUnfinished: [...folders.values()].some(backfill.isUnfinished) })
    },
  }
}
