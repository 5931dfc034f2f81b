import type { Transact } from '#platform/database/database.ts'
import { type IdempotentRequest, once } from '#platform/http/idempotency.ts'

/**
 * Answers a repeated request as the first. The work is done at Nextcloud, outside of any transaction: its answer is kept
 * once it is there.
 * @throws AppError `idempotency_key_reused`
 */
export async function answerOnce<T>(
  transact: Transact,
  request: IdempotentRequest,
  work: () => Promise<T>,
): Promise<T> {
  if (request.key === undefined) return work()
  const notYet = new Error('There is no answer yet.')
  try {
    const kept = await transact((tx) => once<T>(tx, request, () => Promise.reject(notYet)))
    return kept.body
  } catch (error) {
    if (error !== notYet) throw error
  }
  const body = await work()
  return (await transact((tx) => once(tx, request, async () => ({ status: 201, body })))).body
}
