import type { MessageRow } from './message-row.ts'

/** Where a message was that the server shows there no more: it may be the one that just turned up elsewhere. */
export type Tombstone = {
  folder_id: string
  uidvalidity: number
  uid: number
  shown_folder_id: string
  message_id: string
  message_id_header: string | null
  server_email_id: string | null
  sent_at: Date | null
  received_at: Date
  /** By which its place is sorted. */
  sorted_at: Date
  size_bytes: number
  /** Its owner deleted it, which the server is still to be told. */
  is_deleted: boolean
  is_snoozed: boolean
}

/**
 * Which of the messages that turned up are ones that vanished, by UID. The server's own identity decides where both
 * have one (RFC 8474 §5.1); else Message-ID, size and a date, because a Message-ID alone is only a hint. Each
 * tombstone is used once; those on their way into `folderId` come first.
 */
export function matchTombstones(
  rows: readonly MessageRow[],
  tombstones: readonly Tombstone[],
  folderId: string,
): Map<number, Tombstone> {
  const byIdentity = new Map<string, Tombstone[]>()
  for (const tombstone of tombstones) {
    const key = identityKey(tombstone.server_email_id, tombstone.message_id_header, tombstone.size_bytes)
    const alike = byIdentity.get(key) ?? []
    alike.push(tombstone)
    byIdentity.set(key, alike)
  }
  const matches = new Map<number, Tombstone>()
  for (const row of rows) {
    const candidates = byIdentity.get(identityKey(row.serverEmailId, row.messageIdHeader, row.sizeBytes)) ?? []
    const same = candidates.filter((candidate) => row.serverEmailId !== null || hasSameDate(row, candidate))
    const match = same.find((candidate) => candidate.shown_folder_id === folderId) ?? same[0]
    if (!match) continue
    matches.set(row.uid, match)
    candidates.splice(candidates.indexOf(match), 1)
  }
  return matches
}

const identityKey = (emailId: string | null, header: string | null, size: number) =>
  emailId === null ? `${size} ${header ?? ''}` : `id ${emailId}`

/** INTERNALDATE survives most moves (RFC 3501 §6.4.7 says SHOULD), the Date header all of them. */
function hasSameDate(row: MessageRow, tombstone: Tombstone): boolean {
  if (row.receivedAt.getTime() === tombstone.received_at.getTime()) return true
  return row.messageIdHeader !== null && row.sentAt !== null && row.sentAt.getTime() === tombstone.sent_at?.getTime()
}
