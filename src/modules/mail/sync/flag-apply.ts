import { sql } from 'kysely'
import type { FlagRow } from '#integrations/imap/imap-fetch.ts'
import type { Tx } from '#platform/database/database.ts'
import type { MailEvent } from '../events.ts'
import type { AccountKey, Folder } from './folder-store.ts'
import { type LocationFlags, withPendingChanges } from './message-flags.ts'
import { pendingChanges } from './pending-changes.ts'

type StoredFlags = {
  uid: number
  message_id: string
  is_read: boolean
  is_starred: boolean
  is_answered: boolean
  is_draft: boolean
  keywords: string[]
}
type Change = { stored: StoredFlags; flags: LocationFlags; modseq: string | null }

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
  const stored = await lockLocations(tx, key, folder, pulled)
  const ids = [...stored.values()].map((location) => location.message_id)
  const pending = await pendingChanges(tx, key, ids)
  const changes = pulled.flatMap((row): Change[] => {
    const location = stored.get(row.uid)
    if (!location) return []
    const flags = withPendingChanges(row.flags, pending.get(location.message_id)?.flagChanges ?? [])
    return isSame(location, flags) ? [] : [{ stored: location, flags, modseq: row.modseq }]
  })
  await writeFlags(tx, key, folder, changes)
  return {
    events: changes.filter(isVisible).map((change) => updatedEvent(key, change)),
    unknown: pulled.filter((row) => !stored.has(row.uid)).map((row) => row.uid),
  }
}

/** Locked in the order of UIDs, so that two writers never wait for each other in a circle. */
async function lockLocations(tx: Tx, { ownerId }: AccountKey, folder: Folder, pulled: readonly FlagRow[]) {
  const { rows } = await sql<StoredFlags>`
    select uid, message_id, is_read, is_starred, is_answered, is_draft, keywords from mail_location
    where owner_id = ${ownerId} and folder_id = ${folder.id} and uidvalidity = ${folder.uidvalidity}
      and uid = any(${pulled.map((row) => row.uid)}::bigint[])
    order by uid for update`.execute(tx)
  return new Map(rows.map((row) => [row.uid, row]))
}

async function writeFlags(tx: Tx, { ownerId }: AccountKey, folder: Folder, changes: readonly Change[]) {
  if (changes.length === 0) return
  const records = changes.map(({ stored, flags, modseq }) => ({ uid: stored.uid, modseq, ...snakeCase(flags) }))
  await sql`
    update mail_location as location set is_read = change.is_read, is_starred = change.is_starred,
      is_answered = change.is_answered, is_draft = change.is_draft, keywords = change.keywords, modseq = change.modseq
    from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as change (uid bigint, modseq numeric, is_read boolean,
      is_starred boolean, is_answered boolean, is_draft boolean, keywords text[])
    where location.owner_id = ${ownerId} and location.folder_id = ${folder.id}
      and location.uidvalidity = ${folder.uidvalidity} and location.uid = change.uid`.execute(tx)
}

const snakeCase = ({ isRead, isStarred, isAnswered, isDraft, keywords }: LocationFlags) => ({
  is_read: isRead,
  is_starred: isStarred,
  is_answered: isAnswered,
  is_draft: isDraft,
  keywords,
})

const isSame = (stored: StoredFlags, flags: LocationFlags) =>
  stored.is_read === flags.isRead &&
  stored.is_starred === flags.isStarred &&
  stored.is_answered === flags.isAnswered &&
  stored.is_draft === flags.isDraft &&
  stored.keywords.join(' ') === flags.keywords.join(' ')

const isVisible = ({ stored, flags }: Change) =>
  stored.is_read !== flags.isRead || stored.is_starred !== flags.isStarred

const updatedEvent = (key: AccountKey, { stored, flags }: Change): MailEvent => ({
  type: 'mail.message_updated',
  data: {
    mail_account_id: key.mailAccountId,
    message_id: stored.message_id,
    is_read: flags.isRead,
    is_starred: flags.isStarred,
  },
})
