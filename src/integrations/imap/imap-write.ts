import type { ImapFlow } from 'imapflow'
import { selectMailbox, uidSet } from './imap-mailbox.ts'

/** The server said NO: the connection is fine, the wish is not. */
export class ImapRefusal extends Error {
  constructor(what: string) {
    super(`The mail server refused to ${what}.`)
    this.name = 'ImapRefusal'
  }
}

/** Adds and removes flags of messages in the selected folder. @throws ImapRefusal */
export async function storeFlags(
  client: ImapFlow,
  uids: readonly number[],
  change: { add: readonly string[]; remove: readonly string[] },
): Promise<void> {
  const options = { uid: true, silent: true }
  const { add, remove } = change
  if (add.length > 0) accept(client, await client.messageFlagsAdd(uidSet(uids), [...add], options), 'set flags')
  if (remove.length > 0)
    accept(client, await client.messageFlagsRemove(uidSet(uids), [...remove], options), 'set flags')
}

/** Adds and removes labels of messages in the selected folder, by their names (X-GM-LABELS). @throws ImapRefusal */
export async function storeLabels(
  client: ImapFlow,
  uids: readonly number[],
  { add, remove }: { add: readonly string[]; remove: readonly string[] },
): Promise<void> {
  const options = { uid: true, useLabels: true }
  if (add.length > 0) accept(client, await client.messageFlagsAdd(uidSet(uids), [...add], options), 'set labels')
  if (remove.length > 0)
    accept(client, await client.messageFlagsRemove(uidSet(uids), [...remove], options), 'set labels')
}

/** The new UIDs of moved or copied messages by their old ones, where the server tells (COPYUID, RFC 4315 §3). */
export type MoveResult = { uidValidity: number; uids: ReadonlyMap<number, number> } | undefined

/** Moves messages of the selected folder (RFC 6851, else COPY and expunge). @throws ImapRefusal */
export async function moveMessages(client: ImapFlow, uids: readonly number[], path: string): Promise<MoveResult> {
  const isSafe = client.capabilities.has('MOVE') || client.capabilities.has('UIDPLUS')
  const moved = isSafe
    ? await client.messageMove(uidSet(uids), path, { uid: true })
    : await client.messageCopy(uidSet(uids), path, { uid: true })
  const result = accept(client, moved, 'move messages')
  if (!isSafe) await expungeMessages(client, uids)
  if (!result.uidMap || result.uidValidity === undefined) return undefined
  return { uidValidity: Number(result.uidValidity), uids: result.uidMap }
}

/** Copies messages of the selected folder into another one. @throws ImapRefusal */
export async function copyMessages(client: ImapFlow, uids: readonly number[], path: string): Promise<MoveResult> {
  const result = accept(client, await client.messageCopy(uidSet(uids), path, { uid: true }), 'copy messages')
  if (!result.uidMap || result.uidValidity === undefined) return undefined
  return { uidValidity: Number(result.uidValidity), uids: result.uidMap }
}

/** Deletes messages of the selected folder and no others. @throws ImapRefusal */
export async function expungeMessages(client: ImapFlow, uids: readonly number[]): Promise<void> {
  if (client.capabilities.has('UIDPLUS')) {
    accept(client, await client.messageDelete(uidSet(uids), { uid: true }), 'delete messages')
    return
  }
  // EXPUNGE takes all that are marked \Deleted with it: those that somebody else marked are unmarked meanwhile.
  const marked = accept(client, await client.search({ deleted: true }, { uid: true }), 'search')
  const others = marked.filter((uid) => !uids.includes(uid))
  if (others.length > 0) await storeFlags(client, others, { add: [], remove: ['\\Deleted'] })
  accept(client, await client.messageDelete(uidSet(uids), { uid: true }), 'delete messages')
  if (others.length > 0) await storeFlags(client, others, { add: ['\\Deleted'], remove: [] })
}

/** Where a copy of a message with this Message-ID lies in the selected folder, from a UID on. */
export async function findByMessageId(client: ImapFlow, header: string, fromUid: number): Promise<number | undefined> {
  const found = accept(client, await client.search({ header: { 'message-id': header } }, { uid: true }), 'search')
  return found.findLast((uid) => uid >= fromUid)
}

export type Appended = { uid?: number | undefined; uidValidity?: number | undefined }

/** Files a message in a folder with its INTERNALDATE; answers where, if the server tells (APPENDUID). @throws ImapRefusal */
export async function appendMessage(
  client: ImapFlow,
  path: string,
  message: { raw: Buffer; flags: readonly string[]; receivedAt: Date },
): Promise<Appended> {
  const filed = await client.append(path, message.raw, [...message.flags], message.receivedAt).catch((error) => {
    const { serverResponseCode, responseStatus } = error as { serverResponseCode?: string; responseStatus?: string }
    if (serverResponseCode === 'APPENDLIMIT' || responseStatus === 'NO') throw new ImapRefusal('take the message')
    throw error
  })
  const { uid, uidValidity } = accept(client, filed, 'take the message')
  return uidValidity === undefined ? {} : { uid, uidValidity: Number(uidValidity) }
}

/** A message that was appended before, by its size and its INTERNALDATE, among what is new in a folder. */
export async function findAppended(
  client: ImapFlow,
  path: string,
  message: { raw: Buffer; receivedAt: Date },
  fromUid: number,
): Promise<Appended | undefined> {
  const { uidValidity } = await selectMailbox(client, path)
  const second = Math.floor(message.receivedAt.getTime() / 1000)
  const query = { uid: true, size: true, internalDate: true }
  const found = (await client.fetchAll(`${fromUid}:*`, query, { uid: true })).find(
    ({ uid, size, internalDate = Number.NaN }) =>
      uid >= fromUid && size === message.raw.length && Math.floor(new Date(internalDate).getTime() / 1000) === second,
  )
  return found && { uid: found.uid, uidValidity }
}

/** imapflow answers false for a NO and for a lost connection alike. */
function accept<T>(client: ImapFlow, result: T | false | undefined, what: string): T {
  if (result) return result
  if (client.usable) throw new ImapRefusal(what)
  throw new Error('The connection to the mail server was lost.')
}
