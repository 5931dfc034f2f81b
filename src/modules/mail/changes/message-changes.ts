import type { Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import type { Action, Refusal } from '../acts/action.ts'
import { performActs } from '../acts/acts.ts'
import { requireSnoozeTime } from '../acts/snooze-time.ts'
import { appendMailEvents } from '../events.ts'
import { summaryOf } from '../reading/message-presentation.ts'
import type { MessageStore } from '../reading/message-store.ts'
import type { MessageSummary } from '../reading/wire.ts'
import type { Wake } from '../wake.ts'

/** What its owner wants a message to be; what is left out stays. */
export type MessageChange = {
  isRead?: boolean | undefined
  isStarred?: boolean | undefined
  isPinned?: boolean | undefined
  folderId?: string | undefined
}

export type MessageChanges = ReturnType<typeof createMessageChanges>

/** What an owner does to one message: seen at once, then written to the mail server by the node that syncs the account. */
export function createMessageChanges(deps: { transact: Transact; messages: MessageStore; events: Events; wake: Wake }) {
  /** Several at once are named by the one that shows most. */
  async function act(tx: Tx, ownerId: string, messageId: string, actions: readonly Action[]) {
    for (const action of actions) if (action.kind === 'snooze') requireSnoozeTime(action.until)
    const acting = { messageIds: [messageId], actions, undoableAs: actions.at(-1)?.kind }
    const { outcomes, events } = await performActs(tx, ownerId, deps.wake, acting)
    const outcome = outcomes.get(messageId)
    if (outcome?.status === 'failed') throw refused(outcome.refusal)
    return { outcome, events }
  }

  const perform = (ownerId: string, messageId: string, actions: readonly Action[]): Promise<MessageSummary> =>
    deps.transact(async (tx) => {
      const { outcome, events } = await act(tx, ownerId, messageId, actions)
      const [copyId] = outcome?.status === 'done' ? outcome.copyIds : []
      const [changed] = await deps.messages.listed(ownerId, [copyId ?? messageId], tx)
      if (!changed) throw notFound('message')
      await appendMailEvents(deps.events, tx, ownerId, events)
      return summaryOf(changed)
    })

  return {
    /**
     * Changes a message and answers it as it is now; one that goes into another account, under its id there. What
     * changes nothing writes nothing.
     * @throws AppError `not_found` for a message or folder of somebody else, `mail.folder_not_selectable`.
     */
    change: (ownerId: string, messageId: string, change: MessageChange): Promise<MessageSummary> =>
      perform(ownerId, messageId, actionsOf(change)),

    /**
     * Does one thing to a message and answers it as it is now.
     * @throws AppError `not_found`, and the codes of `refusals`.
     */
    act: (ownerId: string, messageId: string, action: Action): Promise<MessageSummary> =>
      perform(ownerId, messageId, [action]),

    /** @throws AppError `not_found`, `mail.not_in_trash` unless `isPermanent`. */
    delete: (ownerId: string, messageId: string, { isPermanent }: { isPermanent: boolean }): Promise<void> =>
      deps.transact(async (tx) => {
        const { events } = await act(tx, ownerId, messageId, [{ kind: 'delete', isPermanent }])
        await appendMailEvents(deps.events, tx, ownerId, events)
      }),
  }
}

/** The codes of refusals of one message are those of a request about one. */
function refused({ code, message }: Refusal): AppError {
  if (code === 'not_found') return notFound('message')
  return new AppError(code === 'mail.not_in_trash' ? 'conflict' : 'unprocessable', code, message)
}

function actionsOf({ isRead, isStarred, isPinned, folderId }: MessageChange): Action[] {
  return [
    ...(isRead === undefined ? [] : [{ kind: isRead ? 'read' : 'unread' } as const]),
    ...(isStarred === undefined ? [] : [{ kind: isStarred ? 'star' : 'unstar' } as const]),
    ...(isPinned === undefined ? [] : [{ kind: isPinned ? 'pin' : 'unpin' } as const]),
    ...(folderId === undefined ? [] : [{ kind: 'move', folderId } as const]),
  ]
}
