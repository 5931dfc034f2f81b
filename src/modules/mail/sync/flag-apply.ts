import type { FlagRow } from '#integrations/imap/imap-fetch.ts'
import type { Tx } from '#platform/database/database.ts'
import type { MailEvent } from '../events.ts'
import { type Change, flagStore, type StoredFlags } from './flag-store.ts'
import type { AccountKey, Folder } from './folder-store.ts'
import { type LocationFlags, withPendingChanges } from './message-flags.ts'
import { pendingChanges } from './pending-changes.ts'

export type AppliedFlags = {
  events: MailEvent[]
  /** Messages that the server has and the store lacks. */
  unknown: number[]
}

/** Takes over the server's flags, the owner's pending changes on top. Writes only what differs. */
export async function applyFlags(
  tx: Tx,
  key: AccountKey,
  folder: Folder,
  pulled: readonly FlagRow[],
): Promise<AppliedFlags> {
  const uids = pulled.map((row) => row.uid)
  const stored = new Map((await flagStore.lock(tx, key, folder, uids)).map((location) => [location.uid, location]))
  const ids = [...stored.values()].map((location) => location.message_id)
  const pending = await pendingChanges(tx, key, ids)
  const changes = pulled.flatMap((row): Change[] => {
    const location = stored.get(row.uid)
    if (!location) return []
    const flags = withPendingChanges(row.flags, pending.get(location.message_id)?.flagChanges ?? [])
    return isSame(location, flags) ? [] : [{ stored: location, flags, modseq: row.modseq }]
  })
  await flagStore.write(tx, key, folder, changes)
  const relabelled = changes.filter(hasOtherKeywords).map(({ stored: { message_id } }) => message_id)
  const labels = await flagStore.labels(tx, key, relabelled)
  return {
    events: changes.filter(isVisible).map((change) => updatedEvent(key, change, labels.get(change.stored.message_id))),
    unknown: pulled.filter((row) => !stored.has(row.uid)).map((row) => row.uid),
  }
}

const isSame = (stored: StoredFlags, flags: LocationFlags) =>
  stored.is_read === flags.isRead &&
  stored.is_starred === flags.isStarred &&
  stored.is_answered === flags.isAnswered &&
  stored.is_draft === flags.isDraft &&
  stored.keywords.join(' ') === flags.keywords.join(' ')

const hasOtherKeywords = ({ stored, flags }: Change) => stored.keywords.join(' ') !== flags.keywords.join(' ')

const isVisible = (change: Change) =>
  change.stored.is_read !== change.flags.isRead ||
  change.stored.is_starred !== change.flags.isStarred ||
  hasOtherKeywords(change)

const updatedEvent = (key: AccountKey, { stored, flags }: Change, labelIds?: string[]): MailEvent => ({
  type: 'mail.message_updated',
  data: {
    mail_account_id: key.mailAccountId,
    message_id: stored.message_id,
    is_read: flags.isRead,
    is_starred: flags.isStarred,
    ...(labelIds && { label_ids: labelIds }),
  },
})
