import type { Tx } from '#platform/database/database.ts'
import type { MailEvent } from '../events.ts'
import type { Wake } from '../wake.ts'
import type { Action } from './action.ts'
import { type Outcome, performActs } from './acts.ts'

/** What became of the actions for one message; a `refusal` says why nothing was done. */
export type MailActOutcome = { messageId: string } & Outcome

/** `events` are for the caller to append, as the last thing of its transaction. */
export type MailActResult = { outcomes: MailActOutcome[]; events: MailEvent[] }

type Act<Arguments extends unknown[] = []> = (
  tx: Tx,
  ownerId: string,
  messageIds: readonly string[],
  ...rest: Arguments
) => Promise<MailActResult>

/**
 * What modules do to an owner's messages in a transaction of theirs: shown at once, written to the mail server after
 * the commit. What is so already is not done again, nor told. Nothing of it is taken back by `POST /undo`, which is
 * about what a person did. Throws AppError `not_found` for a folder or label of somebody else, and
 * `mail.folder_not_selectable`; that a message is not there, or not to be acted on so, its outcome says.
 */
export type MailActs = {
  /** One after the other; a message for which one of them is refused is left as it is. */
  perform: Act<[actions: readonly Action[]]>
  markRead: Act<[isRead?: boolean]>
  star: Act<[isStarred?: boolean]>
  label: Act<[labelIds: readonly string[]]>
  unlabel: Act<[labelIds: readonly string[]]>
  move: Act<[folderId: string]>
  copy: Act<[folderId: string]>
  archive: Act
  trash: Act
  junk: Act
  snooze: Act<[until: Date]>
}

export function createMailActs(wake: Wake): MailActs {
  const perform: MailActs['perform'] = async (tx, ownerId, messageIds, actions) => {
    const performed = await performActs(tx, ownerId, wake, { messageIds: [...new Set(messageIds)], actions })
    const outcomes = [...performed.outcomes].map(([messageId, outcome]) => ({ messageId, ...outcome }))
    return { outcomes, events: performed.events }
  }
  const one =
    <Arguments extends unknown[]>(actionOf: (...rest: Arguments) => Action): Act<Arguments> =>
    (tx, ownerId, messageIds, ...rest) =>
      perform(tx, ownerId, messageIds, [actionOf(...rest)])
  return {
    perform,
    markRead: one((isRead = true) => ({ kind: isRead ? 'read' : 'unread' })),
    star: one((isStarred = true) => ({ kind: isStarred ? 'star' : 'unstar' })),
    label: one((labelIds) => ({ kind: 'label', labelIds })),
    unlabel: one((labelIds) => ({ kind: 'unlabel', labelIds })),
    move: one((folderId) => ({ kind: 'move', folderId })),
    copy: one((folderId) => ({ kind: 'copy', folderId })),
    archive: one(() => ({ kind: 'archive' })),
    trash: one(() => ({ kind: 'trash' })),
    junk: one(() => ({ kind: 'junk' })),
    snooze: one((until) => ({ kind: 'snooze', until })),
  }
}
