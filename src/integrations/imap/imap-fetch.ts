import type { FetchMessageObject, ImapFlow } from 'imapflow'
import { type FetchItem, fetchBytes, type TakeAnswers } from './fetch/fetch-bytes.ts'
import { uidSet } from './imap-mailbox.ts'

export type FlagRow = { uid: number; flags: Set<string>; modseq: string | null }

/**
 * How much is asked for: `all` that a list shows and threads need; the same without the MIME tree, should that break a
 * parser; or what any message has, whatever its MIME tree and its header do.
 */
export type ListingDepth = 'all' | 'header' | 'stub'

/** What a list shows of the messages `uids`, ascending; `onAnswers` gets the answers as they come. */
export const fetchListing = (
  client: ImapFlow,
  uids: readonly number[],
  depth: ListingDepth,
  onAnswers: TakeAnswers,
): Promise<void> => fetchBytes(client, uidSet(uids), listingItems(client, depth), onAnswers)

function listingItems({ capabilities, enabled, mailbox }: ImapFlow, depth: ListingDepth): FetchItem[] {
  const names = ['UID', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE']
  if (enabled.has('CONDSTORE') && mailbox && !mailbox.noModseq) names.push('MODSEQ')
  if (capabilities.has('OBJECTID')) names.push('EMAILID', 'THREADID')
  else if (capabilities.has('X-GM-EXT-1')) names.push('X-GM-MSGID', 'X-GM-THRID')
  if (depth !== 'stub') names.push('ENVELOPE')
  if (depth === 'all') names.push('BODYSTRUCTURE')
  const items: FetchItem[] = names.map((name) => ({ name }))
  if (depth === 'all') items.push({ name: 'BODY.PEEK', section: 'HEADER.FIELDS', fields: ['REFERENCES'] })
  return items
}

/** Body parts of the messages `uids`, ascending, each cut at `maxBytes`. */
export const fetchSections = (
  client: ImapFlow,
  uids: readonly number[],
  { sections, maxBytes }: { sections: readonly string[]; maxBytes: number },
  onAnswers: TakeAnswers,
): Promise<void> => {
  const items = sections.map((section) => ({ name: 'BODY.PEEK', section, maxBytes }))
  return fetchBytes(client, uidSet(uids), [{ name: 'UID' }, ...items], onAnswers)
}

function withFlags(row: FetchMessageObject): FetchMessageObject & { flags: Set<string> } {
  const { flags } = row
  if (!flags) throw new Error('The server answered a message without its flags.')
  return { ...row, flags }
}

/** Flags of messages in batches of at most 1,000, of those changed since a mod-sequence where one is given. */
export async function* fetchFlags(
  client: ImapFlow,
  range: string,
  options: { changedSince?: string } = {},
): AsyncGenerator<FlagRow[]> {
  const fetchOptions = { uid: true, ...(options.changedSince && { changedSince: BigInt(options.changedSince) }) }
  let batch: FlagRow[] = []
  for await (const row of client.fetch(range, { uid: true, flags: true }, fetchOptions)) {
    if (!row.uid) continue
    const { flags, modseq } = withFlags(row)
    batch.push({ uid: row.uid, flags, modseq: modseq === undefined ? null : String(modseq) })
    if (batch.length < 1000) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * The UIDs of a range that the server calls vanished while `work` runs (RFC 7162 §3.2.10), `VANISHED (EARLIER)`
 * included. It may name any UID below its UIDNEXT, also those that never were: a short answer can mean millions.
 */
export async function collectVanished(
  client: ImapFlow,
  range: { from: number; below: number },
  work: () => Promise<void>,
): Promise<number[]> {
  const vanished = new Set<number>()
  const listen = (event: { uid?: number; vanished: boolean }) => {
    if (event.vanished && event.uid && event.uid >= range.from && event.uid < range.below) vanished.add(event.uid)
  }
  client.on('expunge', listen)
  try {
    await work()
  } finally {
    client.off('expunge', listen)
  }
  return [...vanished].sort((a, b) => a - b)
}
