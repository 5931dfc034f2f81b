import type { ActItemAnswer } from './act-wire.ts'
import { refusals } from './action.ts'
import type { Outcome } from './acts.ts'

/** What became of an act for one message, as the API tells it. */
export function messageItem(id: string, outcome: Outcome | undefined): ActItemAnswer {
  if (!outcome) return { id, status: 'failed', copy_ids: [], error: refusals.notFound }
  if (outcome.status === 'failed') return { id, status: 'failed', copy_ids: [], error: outcome.refusal }
  return { id, status: outcome.status, copy_ids: outcome.status === 'done' ? outcome.copyIds : [], error: null }
}
