import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Condition } from './matching/condition.ts'
import type { KeptAction, RuleAction } from './rule-action.ts'

export type RuleRow = {
  id: string
  mail_account_id: string | null
  name: string
  position: number
  is_enabled: boolean
  condition: Condition
  actions: KeptAction[]
  /** Everybody's: seen by the owner, and changed by administrators alone. */
  is_organisational: boolean
  version: number
  created_at: Date
  updated_at: Date
}

export type NewRule = {
  id: string
  mailAccountId: string | null
  name: string
  isEnabled: boolean
  condition: Condition
  actions: readonly RuleAction[]
}

/** Of an owner. */
export const maxRules = 1000

export type RuleKey = { ownerId: string; id: string }

const columns = sql`id, mail_account_id, name, position, is_enabled, condition, actions, is_organisational,
  version, created_at, updated_at`

export const ruleStore = {
  /** Held until the end of the transaction: an owner's rules are changed by one at a time. @returns how many are the owner's own. */
  async lock(tx: Tx, ownerId: string): Promise<number> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`mail_rule:${ownerId}`}, 0))`.execute(tx)
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from mail_rule where owner_id = ${ownerId} and not is_organisational`.execute(tx)
    return rows[0]?.count ?? 0
  },

  /** Grows with each change of any of an owner's rules. */
  async revision(db: Queryable, ownerId: string): Promise<number> {
    const { rows } = await sql<{ revision: number }>`
      select revision from mail_rule_revision where owner_id = ${ownerId}`.execute(db)
    return rows[0]?.revision ?? 0
  },

  /** Part of every change. */
  revise: (tx: Tx, ownerId: string) =>
    sql`insert into mail_rule_revision as known (owner_id) values (${ownerId})
      on conflict (owner_id) do update set revision = known.revision + 1`.execute(tx),

  /** After all others. */
  async insert(tx: Tx, ownerId: string, rule: NewRule): Promise<void> {
    await sql`
      insert into mail_rule (owner_id, id, mail_account_id, name, position, is_enabled, condition, actions)
      select ${ownerId}, ${rule.id}, ${rule.mailAccountId}, ${rule.name}, coalesce(max(position), 0) + 1,
        ${rule.isEnabled}, ${JSON.stringify(rule.condition)}::jsonb, ${JSON.stringify(rule.actions)}::jsonb
      from mail_rule where owner_id = ${ownerId} and not is_organisational`.execute(tx)
  },

  async find(db: Queryable, { ownerId, id }: RuleKey): Promise<RuleRow | undefined> {
    const { rows } = await sql<RuleRow>`
      select ${columns} from mail_rule where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** In the order in which they run. */
  async list(
    db: Queryable,
    ownerId: string,
    { after, limit }: { after?: { position: number; id: string } | undefined; limit: number },
  ): Promise<RuleRow[]> {
    const isAfter = after ? sql`and (position, id) > (${after.position}::int, ${after.id}::uuid)` : sql``
    const { rows } = await sql<RuleRow>`
      select ${columns} from mail_rule where owner_id = ${ownerId} ${isAfter}
      order by position, id limit ${limit}`.execute(db)
    return rows
  },

  /** Those that are to run on mail of an account, in order. */
  async enabled(db: Queryable, ownerId: string, mailAccountId: string): Promise<RuleRow[]> {
    const { rows } = await sql<RuleRow>`
      select ${columns} from mail_rule
      where owner_id = ${ownerId} and is_enabled and (mail_account_id is null or mail_account_id = ${mailAccountId})
      order by position, id`.execute(db)
    return rows
  },

  /** `isAnother` when it does something else from now on. */
  update: (tx: Tx, { ownerId, id }: RuleKey, rule: Omit<NewRule, 'id'>, { isAnother }: { isAnother: boolean }) =>
    sql`update mail_rule set mail_account_id = ${rule.mailAccountId}, name = ${rule.name},
        is_enabled = ${rule.isEnabled}, condition = ${JSON.stringify(rule.condition)}::jsonb,
        actions = ${JSON.stringify(rule.actions)}::jsonb, version = version + ${isAnother ? 1 : 0}, updated_at = now()
      where owner_id = ${ownerId} and id = ${id}`.execute(tx),

  /** False when there is none. */
  async delete(tx: Tx, { ownerId, id }: RuleKey): Promise<boolean> {
    const { numAffectedRows } = await sql`
      delete from mail_rule where owner_id = ${ownerId} and id = ${id}`.execute(tx)
    return numAffectedRows === 1n
  },

  setOrder: (tx: Tx, ownerId: string, ids: readonly string[]) =>
    sql`update mail_rule as rule set position = ordered.place
      from unnest(${[...ids]}::uuid[]) with ordinality as ordered (id, place)
      where rule.owner_id = ${ownerId} and rule.id = ordered.id`.execute(tx),
}
