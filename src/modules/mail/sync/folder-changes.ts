import type { ImapFlow } from 'imapflow'
import type { RemoteFolder } from '#integrations/imap/imap-folders.ts'
import type { Folder } from './folder-store.ts'

/** Passes after which a folder is looked into although its STATUS is the same, where STATUS does not show all changes. */
const everyPasses = 5

/** Decides from a STATUS whether a folder is to be selected at all: nothing new must cost nothing. */
export function createFolderChanges(client: ImapFlow) {
  const seen = new Map<string, { status: string; passes: number }>()
  return {
    isWorthSyncing(folder: Folder, { status }: RemoteFolder): boolean {
      if (!folder.isSelectable || folder.isParked) return false
      if (!status || folder.uidvalidity === null) return true
      if (status.uidValidity !== folder.uidvalidity || status.uidNext !== folder.uidnext) return true
      // A cursor says what was stored once. That it still is only the count tells.
      if (folder.backfillLow === 1 && status.messages !== undefined && status.messages !== folder.shownCount)
        return true
      const hasModseq = status.highestModseq !== undefined
      if (hasModseq && status.highestModseq !== folder.highestmodseq) return true
      // An expunge raises HIGHESTMODSEQ only where QRESYNC is (RFC 7162 §3.2.1).
      if (hasModseq && client.enabled.has('QRESYNC')) return false
      const known = seen.get(folder.id)
      const passes = (known?.passes ?? 0) + 1
      const isDue = known?.status !== JSON.stringify(status) || folder.role === 'inbox' || passes >= everyPasses
      seen.set(folder.id, { status: JSON.stringify(status), passes: isDue ? 0 : passes })
      return isDue
    },
  }
}
