import { isIP } from 'node:net'
import type { Queryable } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { newId } from '#platform/ids.ts'

/** From where somebody acts. */
export type RequestOrigin = { address: string | null; userAgent: string }

export type AuditEntry = {
  /** The person concerned; undefined when nobody is known. */
  ownerId: string | undefined
  /** Who did it; undefined for somebody unknown and for the issuer. */
  actorId?: string | undefined
  /** `<module>.<noun>_<verb>`, as events are named. */
  action: `${string}.${string}`
  /** The id of what it was done to. */
  target?: string
  outcome: 'success' | 'refused' | 'failed'
  origin: RequestOrigin
  /** Never a secret. */
  details?: { [key: string]: Json }
}

const nobody = '00000000-0000-0000-0000-000000000000'

export const audit = {
  /** Writes down what was done; in the transaction that did it, or by itself for what was refused. */
  async record(db: Queryable, entry: AuditEntry): Promise<void> {
    await db
      .insertInto('audit_entry')
      .values({
        owner_id: entry.ownerId ?? nobody,
        id: newId(),
        actor_id: entry.actorId ?? null,
        action: entry.action,
        target: entry.target ?? null,
        outcome: entry.outcome,
        address: entry.origin.address,
        user_agent: entry.origin.userAgent,
        details: JSON.stringify(entry.details ?? {}),
      })
      .execute()
  },

  /** Removes what is older than a year; the database refuses to remove anything younger. */
  async removeOld(db: Queryable): Promise<void> {
    const yearAgo = new Date(Date.now() - 366 * 86_400_000)
    await db.deleteFrom('audit_entry').where('at', '<', yearAgo).execute()
  },
}

/** From where a request comes, in a form that the database takes. */
export function originOf(request: { ip: string; headers: { 'user-agent'?: string | undefined } }): RequestOrigin {
  const userAgent = (request.headers['user-agent'] ?? '').slice(0, 500)
  return { address: isIP(request.ip) ? request.ip : null, userAgent }
}
