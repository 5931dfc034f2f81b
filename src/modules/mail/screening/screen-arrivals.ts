import type { Tx } from '#platform/database/database.ts'
import { type SpecialRole, specialFolder, withSpecialFolders } from '../acts/special-folders.ts'
import { type NewRemoteOp, remoteOpStore } from '../changes/remote-op-store.ts'
import type { MailEvent } from '../events.ts'
import { screenStore } from './screen-store.ts'
import { sendersMatching } from './sender-pattern.ts'

export type ScreenedLetter = { id: string; from: string; threading: { threadId: string } }

/** Where arrivals go instead of the inbox, by message. */
export type Screened = { folderOf: ReadonlyMap<string, string>; events: MailEvent[] }

const nobody: Screened = { folderOf: new Map(), events: [] }

/**
 * Sends what arrives in an inbox from blocked senders into Junk, and what arrives in muted threads into the archive:
 * shown there from the beginning, and moved there on the server by an operation of the same transaction, so that it
 * happens once. Costs one look at two indexes for owners who have neither.
 */
export async function screenArrivals(
  tx: Tx,
  { ownerId, mailAccountId }: { ownerId: string; mailAccountId: string },
  inboxId: string,
  letters: readonly ScreenedLetter[],
): Promise<Screened> {
  if (letters.length === 0) return nobody
  const { blocked, muted } = await screenStore.find(tx, ownerId, {
    senders: [...new Set(letters.flatMap((letter) => sendersMatching(letter.from)))],
    threadIds: [...new Set(letters.map((letter) => letter.threading.threadId))],
  })
  if (blocked.size + muted.size === 0) return nobody
  const roleOf = (letter: ScreenedLetter): SpecialRole | undefined => {
    if (sendersMatching(letter.from).some((sender) => blocked.has(sender))) return 'junk'
    return muted.has(letter.threading.threadId) ? 'archive' : undefined
  }
  const roles = new Set(letters.flatMap((letter) => roleOf(letter) ?? []))
  const { folders, events } = await withSpecialFolders(tx, ownerId, [mailAccountId], [...roles])
  const folderOf = new Map<string, string>()
  for (const letter of letters) {
    const role = roleOf(letter)
    const folder = role && specialFolder(folders, mailAccountId, role)
    if (folder) folderOf.set(letter.id, folder.id)
  }
  const ops = [...folderOf].map(
    ([messageId, folder_id]): NewRemoteOp => ({
      ...{ kind: 'move', messageId, mailAccountId },
      change: { folder_id, from_folder_id: inboxId },
    }),
  )
  await remoteOpStore.insert(tx, ownerId, ops)
  return { folderOf, events }
}
