import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { Type } from 'typebox'
import type { Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { AppError } from '#platform/errors.ts'

/** The header of every POST that sends or creates. */
export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Makes a repeated request answer the first answer again.',
    }),
  ),
})

export type IdempotentRequest = { ownerId: string; scope: string; key: string | undefined; body: unknown }
export type Answer<T> = { status: number; body: T }

/**
 * Does `work` once per owner, scope and key. The answer is stored in the transaction of the work itself; a second
 * request waits for the first on the key's row and answers the same. Without a key the work is just done.
 * @throws AppError `idempotency_key_reused` for another body under the same key.
 */
export async function once<T>(tx: Tx, request: IdempotentRequest, work: () => Promise<Answer<T>>): Promise<Answer<T>> {
  const { ownerId, scope, key } = request
  if (key === undefined) return work()
  const hash = hashOf(request)
  const claim = { owner_id: ownerId, scope, key, request_hash: hash, status: 0, answer: 'null' }
  const inserted = await tx
    .insertInto('idempotency_key')
    .values(claim)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 0n) return requireAnswer<T>(tx, request, hash)
  const answer = await work()
  await tx
    .updateTable('idempotency_key')
    .set({ status: answer.status, answer: sql`${jsonOf(answer.body)}::jsonb` })
    .where('owner_id', '=', ownerId)
    .where('scope', '=', scope)
    .where('key', '=', key)
    .execute()
  return answer
}

/**
 * The answer to an earlier request, for those whose work cannot be part of the transaction that keeps it.
 * @throws AppError `idempotency_key_reused`.
 */
export async function answered<T>(tx: Tx, request: IdempotentRequest): Promise<Answer<T> | undefined> {
  return request.key === undefined ? undefined : storedAnswer<T>(tx, request, hashOf(request))
}

const hashOf = ({ body }: IdempotentRequest): Buffer => createHash('sha256').update(jsonOf(body)).digest()

/** A request or an answer without a body counts as null. */
const jsonOf = (body: unknown): string => JSON.stringify(body) ?? 'null'

async function requireAnswer<T>(tx: Tx, request: IdempotentRequest, hash: Buffer): Promise<Answer<T>> {
  const answer = await storedAnswer<T>(tx, request, hash)
  if (!answer) throw new Error('A key that is taken has an answer.')
  return answer
}

async function storedAnswer<T>(tx: Tx, request: IdempotentRequest, hash: Buffer): Promise<Answer<T> | undefined> {
  const row = await tx
    .selectFrom('idempotency_key')
    .select(['request_hash', 'status', 'answer'])
    .where('owner_id', '=', request.ownerId)
    .where('scope', '=', request.scope)
    .where('key', '=', request.key ?? '')
    .executeTakeFirst()
  if (!row) return undefined
  if (!row.request_hash.equals(hash)) {
    throw new AppError(
      'unprocessable',
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request; use a new one.',
    )
  }
  return { status: row.status, body: row.answer as Json as T }
}
