import type { Transact, Tx } from '#platform/database/database.ts'
import { notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import { appendMailEvents } from '../events.ts'
import type { Wake } from '../wake.ts'
import { messageItem } from './act-answer.ts'
import { actFolderStore } from './act-folder-store.ts'
import type { StoredAct } from './act-store.ts'
import type { ActAnswer, ActItemAnswer } from './act-wire.ts'
import { type Action, refusals } from './action.ts'
import { type Outcome, performActs } from './acts.ts'
import { requireSnoozeTime } from './snooze-time.ts'
import { messagesOfThreads } from './thread-acts.ts'

/** What is to be done to messages, or to what an action means of conversations. */
export type ActRequest = {
  action: Action
  messageIds?: readonly string[] | undefined
  threadIds?: readonly string[] | undefined
  /** The folder that is open: of conversations only what is in it is meant. */
  inFolderId?: string | undefined
}

export type ActingDeps = { transact: Transact; events: Events; wake: Wake }
export type Acting = ReturnType<typeof createActing>

/** Acts of owners on messages and conversations, each in one transaction and with a way back. */
export function createActing({ transact, events, wake }: ActingDeps) {
  async function act(tx: Tx, ownerId: string, request: ActRequest): Promise<ActAnswer> {
    const { action, inFolderId } = request
    if (action.kind === 'snooze') requireSnoozeTime(action.until)
    if (inFolderId !== undefined && !(await isThere(tx, ownerId, inFolderId))) throw notFound('folder')
    const threads = await threadsOf(tx, ownerId, request)
    const { messageIds: named = [], threadIds = [] } = request
    const messageIds = [...new Set([...named, ...[...threads.values()].flat()])]
    const performed = await performActs(tx, ownerId, wake, {
      ...{ messageIds, actions: [action], inFolderId, undoableAs: action.kind },
    })
    await appendMailEvents(events, tx, ownerId, performed.events)
    const outcomeOf = (id: string) => performed.outcomes.get(id)
    const items = [
      ...named.map((id) => messageItem(id, outcomeOf(id))),
      ...threadIds.map((id) => threadItem(id, threads.get(id)?.map(outcomeOf))),
    ]
    return { ...actMembers(performed.act), items }
  }

  return {
    /**
     * Does an action to up to 1,000 messages or conversations, and answers for each of them.
     * @throws AppError `not_found` for a folder or label of somebody else, `mail.folder_not_selectable`,
     *   `mail.too_many_messages`, `mail.snooze_time_invalid`, `idempotency_key_reused`.
     */
    act: (ownerId: string, request: ActRequest, idempotencyKey?: string): Promise<ActAnswer> =>
      transact(async (tx) => {
        const once_ = { ownerId, scope: 'mail.acts', key: idempotencyKey, body: request }
        const answer = await once(tx, once_, async (): Promise<Answer<ActAnswer>> => {
          return { status: 200, body: await act(tx, ownerId, request) }
        })
        return answer.body
      }),
  }
}

const isThere = async (tx: Tx, ownerId: string, folderId: string): Promise<boolean> =>
  (await actFolderStore.accountsOf(tx, ownerId, [folderId])).length > 0

async function threadsOf(tx: Tx, ownerId: string, request: ActRequest): Promise<Map<string, string[]>> {
  const { threadIds, action, inFolderId } = request
  if (!threadIds) return new Map()
  return messagesOfThreads(tx, ownerId, [...new Set(threadIds)], { kind: action.kind, inFolderId })
}

const actMembers = (act: StoredAct | undefined) => ({
  act_id: act?.id ?? null,
  undo_until: act?.expires_at.toISOString() ?? null,
})

/** Done when anything of it was; failed when nothing could be. */
function threadItem(id: string, outcomes: readonly (Outcome | undefined)[] | undefined): ActItemAnswer {
  if (!outcomes) return { id, status: 'failed', copy_ids: [], error: refusals.threadNotFound }
  const items = outcomes.map((outcome) => messageItem(id, outcome))
  const done = items.filter((item) => item.status === 'done')
  if (done.length > 0) return { id, status: 'done', copy_ids: done.flatMap((item) => item.copy_ids), error: null }
  return items.find((item) => item.status === 'failed') ?? { id, status: 'unchanged', copy_ids: [], error: null }
}
