import type { ImapFlow } from 'imapflow'
import { fetchListing, type ListingDepth } from '#integrations/imap/imap-fetch.ts'
import type { ListedRows } from './listing-rows.ts'
import type { MessageRow } from './message-row.ts'
import type { Parsers } from './parsers.ts'

/**
 * Lists the messages `uids`, ascending. What could not be read is asked for again with less, so that every message that
 * exists is listed.
 */
export async function fetchRows(
  client: ImapFlow,
  parsers: Parsers,
  { uids, isStub }: { uids: readonly number[]; isStub: boolean },
): Promise<MessageRow[]> {
  const rows = new Map<number, MessageRow>()
  const depths: ListingDepth[] = isStub ? ['stub'] : ['all', 'header', 'stub']
  for (const depth of depths) {
    const missing = uids.filter((uid) => !rows.has(uid))
    if (missing.length === 0) break
    await listInto(rows, client, parsers, { uids: missing, depth })
  }
  return [...rows.values()].sort((a, b) => a.uid - b.uid)
}

/** @throws when a message comes without FLAGS: such an answer proves nothing about what it lacks. */
async function listInto(
  rows: Map<number, MessageRow>,
  client: ImapFlow,
  parsers: Parsers,
  { uids, depth }: { uids: readonly number[]; depth: ListingDepth },
): Promise<void> {
  const wanted = new Set(uids)
  const reading: Array<Promise<ListedRows>> = []
  const now = new Date()
  try {
    await fetchListing(client, uids, depth, (answers) => {
      const read = parsers.listing(answers, now)
      // Awaited below, all of them.
      read.catch(() => undefined)
      reading.push(read)
      return reading.length > 4 ? reading.at(-4)?.then(ignore, ignore) : undefined
    })
  } finally {
    await Promise.allSettled(reading)
  }
  for (const listed of await Promise.all(reading)) {
    for (const row of listed.rows) if (wanted.has(row.uid)) rows.set(row.uid, row)
    for (const { uid, ...flags } of listed.changed) Object.assign(rows.get(uid) ?? {}, flags)
    if (listed.flagless.some((uid) => wanted.has(uid)))
      throw new Error('The server answered a message without its flags.')
  }
}

const ignore = () => undefined
