import type { Transact, Tx } from '#platform/database/database.ts'
import { AppError, notFound } from '#platform/errors.ts'
import type { Events } from '#platform/events/events.ts'
import { type Answer, once } from '#platform/http/idempotency.ts'
import type { BulkActs } from '../bulk/bulk-acts.ts'
import { bulkStore } from '../bulk/bulk-store.ts'
import { appendMailEvents, type MailEvent } from '../events.ts'
import type { Wake } from '../wake.ts'
import { messageItem } from './act-answer.ts'
import { actStore, type StoredAct } from './act-store.ts'
import type { UndoAnswer } from './act-wire.ts'
import { undoItems } from './undo.ts'

/** Messages that are put back at once; of more, the others by a bulk act. */
const maxAtOnce = 1000

export type Undoing = ReturnType<typeof createUndoing>

/** The way back from what an owner did last. */
export function createUndoing(deps: {
  transact: Transact
  events: Events
  wake: Wake
  bulkActs: Pick<BulkActs, 'begin'>
}) {
  async function takeBack(tx: Tx, ownerId: string, act: StoredAct): Promise<Taken> {
    if (act.message_count > maxAtOnce) {
      const work = { kind: 'undo', subject_id: act.id, arguments: {}, total_count: act.message_count } as const
      const { bulk, happened } = await deps.bulkActs.begin(tx, ownerId, work)
      return { answer: { act_id: act.id, bulk_act_id: bulk.id, items: [] }, happened }
    }
    const items = await actStore.items(tx, ownerId, act.id, { after: undefined, limit: maxAtOnce })
    const { outcomes, events: happened } = await undoItems(tx, ownerId, deps.wake, items)
    const answers = items.map(({ message_id }) => messageItem(message_id, outcomes.get(message_id)))
    return { answer: { act_id: act.id, bulk_act_id: null, items: answers }, happened }
  }

  async function undo(tx: Tx, ownerId: string, actId: string | undefined): Promise<UndoAnswer> {
    const found = await actStore.findUndoable(tx, ownerId, actId)
    // Before the act is locked: a chunk that is under way locks them in this order.
    if (found) await bulkStore.cancel(tx, ownerId, found.id)
    const act = found && (await actStore.lockUndoable(tx, ownerId, found.id))
    if (!act) throw await reasonOf(tx, ownerId, actId)
    await actStore.markUndone(tx, ownerId, act.id)
    const { answer, happened } = await takeBack(tx, ownerId, act)
    await appendMailEvents(deps.events, tx, ownerId, happened)
    return answer
  }

  return {
    /**
     * Takes back the owner's latest act, or the one of that id, as long as its time is not over. What is still being
     * done under it goes no further.
     * @throws AppError `mail.nothing_to_undo`, `not_found` for an act that is forgotten or somebody else's,
     *   `idempotency_key_reused`.
     */
    undo: (ownerId: string, actId: string | undefined, idempotencyKey?: string): Promise<UndoAnswer> =>
      deps.transact(async (tx) => {
        const request = { ownerId, scope: 'mail.undo', key: idempotencyKey, body: { act_id: actId } }
        const answer = await once(tx, request, async (): Promise<Answer<UndoAnswer>> => {
          return { status: 200, body: await undo(tx, ownerId, actId) }
        })
        return answer.body
      }),
  }
}

type Taken = { answer: UndoAnswer; happened: MailEvent[] }

async function reasonOf(tx: Tx, ownerId: string, actId: string | undefined): Promise<AppError> {
  if (actId !== undefined && !(await actStore.find(tx, ownerId, actId))) return notFound('act')
  return new AppError(
    'conflict',
    'mail.nothing_to_undo',
    'There is nothing to take back: the act is too long ago, or has been taken back already.',
  )
}
