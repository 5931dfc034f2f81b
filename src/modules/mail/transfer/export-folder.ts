import type { ImapFlow } from 'imapflow'
import { mboxBody, mboxHead } from './mbox-writer.ts'

/** A message to be exported, before its bytes are fetched. */
type Listed = { uid: number; size: number; flags: Set<string>; labels: Set<string>; receivedAt: Date }

/** Larger ones are fetched in parts. */
const maxWholeBytes = 4 * 1024 * 1024
const maxBatchMessages = 50
const chunkSize = 1024 * 1024

/** Where an export of a folder stands: all before that UID is written. */
export type ExportPlace = { uidvalidity: number; uid: number }

/**
 * A folder as mbox, message by message in the order of their UIDs, from `place` on; `place` moves along, so that another
 * connection can go on. Holds a few messages at a time.
 * @throws what the connection throws; Error when the folder was made anew meanwhile.
 */
export async function* exportFolder(client: ImapFlow, path: string, place: ExportPlace): AsyncGenerator<Buffer> {
  const mailbox = await client.mailboxOpen(path, { readOnly: true })
  const uidvalidity = Number(mailbox.uidValidity)
  if (place.uidvalidity !== 0 && place.uidvalidity !== uidvalidity) throw new Error('The folder was made anew.')
  place.uidvalidity = uidvalidity
  for (const batch of batchesOf(await listAll(client, place.uid))) {
    const [first] = batch
    if (batch.length === 1 && first && first.size > maxWholeBytes) yield* exportLarge(client, first)
    else yield* exportBatch(client, batch)
    place.uid = (batch.at(-1)?.uid ?? place.uid) + 1
  }
}

async function listAll(client: ImapFlow, from: number): Promise<Listed[]> {
  const listed: Listed[] = []
  const query = {
    uid: true,
    size: true,
    flags: true,
    internalDate: true,
    labels: client.capabilities.has('X-GM-EXT-1'),
  }
  for await (const row of client.fetch(`${from}:*`, query, { uid: true })) {
    // `n:*` always answers the last message, whatever its UID (RFC 3501 §6.4.8).
    if (row.uid < from) continue
    const receivedAt = new Date(row.internalDate ?? 0)
    const { uid, size = 0, flags = new Set(), labels = new Set() } = row
    listed.push({ uid, size, flags, labels, receivedAt })
  }
  return listed.sort((one, other) => one.uid - other.uid)
}

/** Small messages together, large ones by themselves. */
function* batchesOf(listed: readonly Listed[]): Generator<Listed[]> {
  let batch: Listed[] = []
  let size = 0
  for (const message of listed) {
    if (batch.length > 0 && (size + message.size > maxWholeBytes || batch.length === maxBatchMessages)) {
      yield batch
      batch = []
      size = 0
    }
    batch.push(message)
    size += message.size
  }
  if (batch.length > 0) yield batch
}

async function* exportBatch(client: ImapFlow, batch: readonly Listed[]): AsyncGenerator<Buffer> {
  const uids = batch.map(({ uid }) => uid).join(',')
  const sources = new Map<number, Buffer>()
  for await (const { uid, source } of client.fetch(uids, { uid: true, source: true }, { uid: true })) {
    if (source) sources.set(uid, source)
  }
  for (const message of batch) {
    const source = sources.get(message.uid)
    // Deleted a moment ago.
    if (!source) continue
    yield Buffer.from(mboxHead(message), 'latin1')
    yield* mboxBody([source])
  }
}

async function* exportLarge(client: ImapFlow, message: Listed): AsyncGenerator<Buffer> {
  const download = await client.download(String(message.uid), undefined, { uid: true, chunkSize, decodeText: false })
  if (!('content' in download) || !download.content) return
  yield Buffer.from(mboxHead(message), 'latin1')
  yield* mboxBody(download.content)
}
