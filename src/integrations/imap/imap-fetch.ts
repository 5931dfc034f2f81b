import type { FetchMessageObject, FetchQueryObject, ImapFlow } from 'imapflow'
import { uidSet } from './imap-mailbox.ts'

/** One message of a listing. Without `structure` its MIME tree was unreadable, without `envelope` its header too. */
export type ListedMessage = FetchMessageObject & {
  flags: Set<string>
  /** Raw fields, for a message whose envelope holds bytes that are no UTF-8. */
  rawHeader?: Buffer
}

export type FlagRow = { uid: number; flags: Set<string>; modseq: string | null }

const listingQuery: FetchQueryObject = {
  uid: true,
  flags: true,
  internalDate: true,
  size: true,
  envelope: true,
  bodyStructure: true,
  headers: ['references'],
  // X-GM-THRID or THREADID (RFC 8474 §5.2), where the server has one.
  threadId: true,
}
/** What any message has, whatever its MIME tree and its header do to a parser. */
const stubQuery: FetchQueryObject = { uid: true, flags: true, internalDate: true, size: true }

/**
 * Envelope, structure and flags of the messages `uids`, ascending. What a parser dropped is asked for again with less,
 * so that every message that exists is answered; what is absent is gone.
 * @throws when a message comes without FLAGS: such an answer proves nothing about what it lacks.
 */
export async function fetchListing(client: ImapFlow, uids: readonly number[]): Promise<ListedMessage[]> {
  const listed = await fetchRows(client, uids, listingQuery)
  for (const query of [{ ...stubQuery, envelope: true }, stubQuery]) {
    const missing = uids.filter((uid) => !listed.has(uid))
    if (missing.length === 0) break
    for (const [uid, row] of await fetchRows(client, missing, query)) listed.set(uid, row)
  }
  const rawHeaders = await fetchRawHeaders(client, [...listed.values()])
  return [...listed.values()]
    .map((row) => {
      const rawHeader = rawHeaders.get(row.uid)
      return { ...withFlags(row), ...(rawHeader && { rawHeader }) }
    })
    .sort((a, b) => a.uid - b.uid)
}

const addressFields = ['from', 'to', 'cc', 'bcc', 'replyTo'] as const

/** imapflow reads lines as UTF-8: what was another charset is U+FFFD in the envelope, and only the source tells. */
async function fetchRawHeaders(client: ImapFlow, rows: readonly FetchMessageObject[]): Promise<Map<number, Buffer>> {
  const isBroken = ({ envelope = {} }: FetchMessageObject) =>
    envelope.subject?.includes('\ufffd') ||
    addressFields.some((field) => envelope[field]?.some(({ name }) => name?.includes('\ufffd')))
  const uids = rows
    .filter(isBroken)
    .map((row) => row.uid)
    .sort((a, b) => a - b)
  const headers = ['subject', 'from', 'to', 'cc', 'bcc', 'reply-to']
  const fetched = await fetchRows(client, uids, { uid: true, headers })
  return new Map([...fetched].flatMap(([uid, row]) => (row.headers ? [[uid, row.headers]] : [])))
}

/** A listing that asks for nothing that could break a parser or the connection. */
export async function fetchStubs(client: ImapFlow, uids: readonly number[]): Promise<ListedMessage[]> {
  return [...(await fetchRows(client, uids, stubQuery)).values()].map(withFlags)
}

/** Items of one message may come in several answers, with those of others in between (RFC 3501 §7.4.2). */
async function fetchRows(client: ImapFlow, uids: readonly number[], query: FetchQueryObject) {
  const rows = new Map<number, FetchMessageObject>()
  if (uids.length === 0) return rows
  const wanted = new Set(uids)
  for await (const row of client.fetch(uidSet(uids), query, { uid: true })) {
    if (wanted.has(row.uid)) rows.set(row.uid, { ...rows.get(row.uid), ...row })
  }
  return rows
}

function withFlags(row: FetchMessageObject): ListedMessage {
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
