import type { ImapFlow } from 'imapflow'
import { uidSet } from './imap-mailbox.ts'

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

/** The new UIDs of moved messages by their old ones, where the server tells (COPYUID, RFC 4315 §3). */
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

/** imapflow answers false for a NO and for a lost connection alike. */
function accept<T>(client: ImapFlow, result: T | false | undefined, what: string): T {
  if (result) return result
  if (client.usable) throw new ImapRefusal(what)
  throw new Error('The connection to the mail server was lost.')
}
