import type { ActionKind } from './action.ts'

/** A message of a conversation, with the role of the folder in which its owner sees it. */
export type ThreadMessage = { id: string; folderId: string; role: string | null }

/**
 * Which messages of a conversation an act means; `messages` come newest first. With `inFolderId` those in that folder.
 * Otherwise what lies in Trash or Junk is left alone by acts on mail in use, and letters of one's own stay where they
 * are filed. A star or a pin marks the newest message, and is taken from all.
 */
export function meantByThread(
  kind: ActionKind,
  messages: readonly ThreadMessage[],
  inFolderId: string | undefined,
): readonly ThreadMessage[] {
  const isIn =
    (...roles: string[]) =>
    (message: ThreadMessage) =>
      message.role !== null && roles.includes(message.role)
  const without = (...roles: string[]) => messages.filter((message) => !isIn(...roles)(message))
  if (inFolderId !== undefined) return messages.filter((message) => message.folderId === inFolderId)
  const inUse = without('trash', 'junk')
  const received = without('trash', 'junk', 'sent', 'drafts')
  const inInbox = messages.filter(isIn('inbox'))
  switch (kind) {
    case 'star':
    case 'pin':
      return inUse.slice(0, 1)
    case 'archive':
      return messages.some(isIn('inbox', 'snoozed')) ? messages.filter(isIn('inbox', 'snoozed')) : received
    case 'snooze':
      return inInbox.length > 0 ? inInbox : received
    case 'unsnooze':
      return messages.filter(isIn('snoozed'))
    case 'move':
    case 'copy':
      return received
    case 'trash':
      return without('trash', 'junk', 'drafts')
    case 'junk':
      return received
    case 'not_junk':
      return messages.filter(isIn('junk'))
    case 'delete':
      return messages
    default:
      return inUse.length > 0 ? inUse : messages
  }
}
