import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Actor } from '#platform/auth/actor.ts'
import type { Queryable } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

/** An administrator in the middle of a request. */
export type Caller = { actor: Actor; origin: RequestOrigin }

export type Change = {
  /** The person concerned; undefined for what concerns the installation. */
  ownerId?: string | undefined
  action: `admin.${string}`
  target?: string
  /** What it was and what it is; null for what was not there, or is no more. Never a secret. */
  before: Json
  after: Json
}

/** Writes down a change that an administrator made, in the transaction that makes it. */
export function recordChange(db: Queryable, { actor, origin }: Caller, change: Change): Promise<void> {
  const { ownerId, action, target, before, after } = change
  return audit.record(db, {
    ...{ ownerId, actorId: actor.personId, action, outcome: 'success', origin, details: { before, after } },
    ...(target !== undefined && { target }),
  })
}
