import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { RuleKey } from './rule-store.ts'
import type { ActionOutcome } from './rule-wire.ts'

export type ExecutionCause = 'arrival' | 'application'

export type ExecutionRow = {
  rule_id: string
  rule_version: number
  message_id: string
  cause: ExecutionCause
  outcome: 'done' | 'failed'
  actions: ActionOutcome[]
  executed_at: Date
  /** As PostgreSQL writes it, with microseconds. */
  executed_key: string
}

export type NewExecution = {
  messageId: string
  ruleId: string
  ruleVersion: number
  cause: ExecutionCause
  outcome: 'done' | 'failed'
  isLast: boolean
  actions: readonly ActionOutcome[]
}

export const executionStore = {
  /** Held until the end of the transaction: rules are run on a message by one at a time. */
  lockMessage: (tx: Tx, messageId: string) =>
    sql`select pg_advisory_xact_lock(hashtextextended(${`mail_rules:${messageId}`}, 0))`.execute(tx),

  /** What rules have done to a message already. */
  async ofMessage(tx: Tx, ownerId: string, messageId: string) {
    const { rows } = await sql<{ rule_id: string; rule_version: number; is_last: boolean; actions: ActionOutcome[] }>`
      select rule_id, rule_version, is_last, actions from mail_rule_execution
      where owner_id = ${ownerId} and message_id = ${messageId}`.execute(tx)
    return rows
  },

  insert: (tx: Tx, ownerId: string, one: NewExecution) =>
    sql`insert into mail_rule_execution (owner_id, message_id, rule_id, rule_version, cause, outcome, is_last, actions)
      values (${ownerId}, ${one.messageId}, ${one.ruleId}, ${one.ruleVersion}, ${one.cause}, ${one.outcome},
        ${one.isLast}, ${JSON.stringify(one.actions)}::jsonb)`.execute(tx),

  /** Newest first. */
  async list(
    db: Queryable,
    { ownerId, id }: RuleKey,
    { before, limit }: { before: { at: string; messageId: string } | undefined; limit: number },
  ): Promise<ExecutionRow[]> {
    const isBefore = before
      ? sql`and (executed_at, message_id) < (${before.at}::timestamptz, ${before.messageId}::uuid)`
      : sql``
    const { rows } = await sql<ExecutionRow>`
      select rule_id, rule_version, message_id, cause, outcome, actions, executed_at,
        to_char(executed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as executed_key
      from mail_rule_execution where owner_id = ${ownerId} and rule_id = ${id} ${isBefore}
      order by executed_at desc, message_id desc limit ${limit}`.execute(db)
    return rows
  },

  /** @returns how many were removed. */
  async removeOld(db: Queryable, { days, limit }: { days: number; limit: number }): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from mail_rule_execution where (owner_id, message_id, rule_id, rule_version) in (
        select owner_id, message_id, rule_id, rule_version from mail_rule_execution
        where executed_at < now() - make_interval(days => ${days}) limit ${limit})`.execute(db)
    return Number(numAffectedRows)
  },

  /** The roles of the folders in which its owner sees a message. */
  async rolesOf(db: Queryable, ownerId: string, messageId: string): Promise<Set<string>> {
    const { rows } = await sql<{ role: string }>`
      select folder.role from mail_location as place
      join mail_folder as folder on folder.owner_id = place.owner_id and folder.id = place.shown_folder_id
      where place.owner_id = ${ownerId} and place.message_id = ${messageId} and place.gone_at is null
        and folder.role is not null`.execute(db)
    return new Set(rows.map(({ role }) => role))
  },

  savepoint: (tx: Tx) => sql`savepoint rule_action`.execute(tx),
  release: (tx: Tx) => sql`release savepoint rule_action`.execute(tx),
  rollBack: (tx: Tx) => sql`rollback to savepoint rule_action`.execute(tx),
}
