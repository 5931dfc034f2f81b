import type { ImapFlow } from 'imapflow'

/** A folder as it was the moment before anything is fetched from it. */
export type MailboxSnapshot = {
  uidValidity: number
  uidNext: number
  /** Null where the server keeps no mod-sequences for it (RFC 7162 §3.1.2). */
  highestModseq: string | null
  exists: number
  /** What stays the same under another name (RFC 8474 §4); null where the server has no such thing. */
  mailboxId: string | null
  /** Whether it keeps any keyword: PERMANENTFLAGS with `\*` (RFC 3501 §7.1), or none named at all. */
  keepsKeywords: boolean
}

/**
 * Selects a folder, again if it is selected already, so that the snapshot is fresh. imapflow raises the mailbox's own
 * uidNext and highestModseq with every row that it fetches: only this copy tells what was there before.
 * @throws when the server refuses (`responseStatus` 'NO').
 */
export async function selectMailbox(client: ImapFlow, path: string): Promise<MailboxSnapshot> {
  const mailbox = await client.mailboxOpen(path)
  const { uidValidity, highestModseq, noModseq, exists = 0 } = mailbox
  const snapshot = {
    uidValidity: Number(uidValidity ?? 0),
    highestModseq: highestModseq && !noModseq && client.enabled.has('CONDSTORE') ? String(highestModseq) : null,
    exists,
    mailboxId: mailbox.mailboxId ?? null,
    keepsKeywords: !mailbox.permanentFlags || mailbox.permanentFlags.has('\\*'),
  }
  // Servers older than RFC 3501 leave UIDNEXT out.
  return { ...snapshot, uidNext: mailbox.uidNext || (await highestUid(client, exists)) + 1 }
}

async function highestUid(client: ImapFlow, exists: number): Promise<number> {
  if (exists === 0) return 0
  const newest = await client.fetchOne('*', { uid: true })
  return newest ? newest.uid : 0
}

/**
 * UIDs within a range, ascending. `n:*` always answers the highest UID, even below n (RFC 3501 §6.4.8): answers
 * outside the range are dropped.
 * @throws when the server does not answer completely: absence counts only from a complete answer.
 */
export async function searchUids(client: ImapFlow, from: number, below: number): Promise<number[]> {
  if (below <= from) return []
  const found = await client.search({ uid: `${from}:${below - 1}` }, { uid: true })
  if (!found) throw new Error('The server did not answer a search.')
  return found.filter((uid) => uid >= from && uid < below)
}

/** Ascending UIDs as a sequence set, `1:4,7`. */
export function uidSet(uids: readonly number[]): string {
  const ranges: string[] = []
  for (let at = 0; at < uids.length; at++) {
    const first = uids[at]
    let last = first
    while (last !== undefined && uids[at + 1] === last + 1) last = uids[++at]
    ranges.push(first === last ? `${first}` : `${first}:${last}`)
  }
  return ranges.join(',')
}
