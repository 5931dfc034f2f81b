import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'

export type AuditFilter = {
  personId?: string | undefined
  actorId?: string | undefined
  /** An action, or what actions begin with: `admin.`. */
  action?: string | undefined
  target?: string | undefined
  outcome?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
}

export type AuditRow = {
  owner_id: string
  id: string
  actor_id: string | null
  actor_name: string | null
  action: string
  target: string | null
  outcome: string
  address: string | null
  user_agent: string
  details: Json
  at: Date
  seq: number | null
  previous_hash: string | null
  hash: string | null
}

const given = (value: unknown, condition: ReturnType<typeof sql>) => (value === undefined ? sql`true` : condition)

export const auditSearchStore = {
  /** Newest first, before the entry `before`. Ids are in the order of time. */
  async list(
    db: Queryable,
    filter: AuditFilter,
    page: { before: string | undefined; limit: number },
  ): Promise<AuditRow[]> {
    const { personId, actorId, action, target, outcome, from, to } = filter
    const prefix = `${action?.replaceAll(/[\\%_]/g, '\\$&')}%`
    const { rows } = await sql<AuditRow>`
      select entry.owner_id, entry.id, entry.actor_id,
        (select coalesce(chosen_name, display_name, username) from principal where id = entry.actor_id) as actor_name,
        entry.action, entry.target, entry.outcome, host(entry.address) as address, entry.user_agent, entry.details,
        entry.at, entry.seq, encode(entry.previous_hash, 'hex') as previous_hash, encode(entry.hash, 'hex') as hash
      from audit_entry as entry
      where ${given(personId, sql`entry.owner_id = ${personId}`)} and ${given(actorId, sql`entry.actor_id = ${actorId}`)}
        and ${given(action, sql`entry.action like ${prefix}`)} and ${given(target, sql`entry.target = ${target}`)}
        and ${given(outcome, sql`entry.outcome = ${outcome}`)}
        and ${given(from, sql`entry.at >= ${from}`)} and ${given(to, sql`entry.at < ${to}`)}
        and ${given(page.before, sql`entry.id < ${page.before}`)}
      order by entry.id desc limit ${page.limit}`.execute(db)
    return rows
  },
}
