import { sql } from 'kysely'
import type { Queryable, Tx } from '#platform/database/database.ts'
import type { Condition } from './matching/condition.ts'
import type { Reason } from './matching/explanation.ts'
import type { RuleAction } from './rule-action.ts'
import type { RuleKey } from './rule-store.ts'
import type { SimulatedAction } from './simulated-actions.ts'

export type PassKind = 'application' | 'simulation'
export type PassKey = { ownerId: string; id: string }

export type PassRow = {
  id: string
  kind: PassKind
  rule_id: string | null
  rule_version: number | null
  draft: { condition: Condition; actions: RuleAction[] } | null
  mail_account_id: string | null
  folder_ids: string[] | null
  state: 'running' | 'done' | 'cancelled' | 'failed'
  error_code: string | null
  total_count: number
  examined_count: number
  matched_count: number
  failed_count: number
  undecided_count: number
  /** As PostgreSQL writes it: a Date would lose the microseconds. */
  after_received_at: string
  after_message_id: string
  created_at: Date
  finished_at: Date | null
}

export type NewPass = {
  id: string
  kind: PassKind
  rule?: { id: string; version: number }
  draft?: { condition: Condition; actions: readonly RuleAction[] }
  mailAccountId: string | null
  folderIds: readonly string[] | null
  /** More than that many messages are not looked at. */
  limit: number
}

/** What looking at some messages came to. */
export type PassStep = {
  examined: number
  matched: number
  failed: number
  undecided: number
  after: { receivedAt: string; messageId: string } | undefined
  isOver: boolean
}

export type SimulatedMatch = {
  place: number
  messageId: string
  reasons: readonly Reason[]
  actions: readonly SimulatedAction[]
}

export type MatchRow = { place: number; message_id: string; reasons: Reason[]; actions: SimulatedAction[] }

const columns = sql`id, kind, rule_id, rule_version, draft, mail_account_id, folder_ids, state, error_code, total_count,
  examined_count, matched_count, failed_count, undecided_count, after_received_at::text, after_message_id, created_at,
  finished_at`

/** Folders in which a pass looks. Without any that are named: where mail lies that came and was not thrown away. */
const foldersOf = (ownerId: string, { mailAccountId, folderIds }: Pick<NewPass, 'mailAccountId' | 'folderIds'>) => sql`
  select id, total_count from mail_folder
  where owner_id = ${ownerId} and not is_deleted
    and (${mailAccountId}::uuid is null or mail_account_id = ${mailAccountId}::uuid)
    and ${
      folderIds === null
        ? sql`coalesce(role, '') not in ('drafts', 'sent', 'junk', 'trash')`
        : sql`id = any(${[...folderIds]}::uuid[])`
    }`

export const passStore = {
  async insert(tx: Tx, ownerId: string, pass: NewPass): Promise<PassRow> {
    const { rows } = await sql<PassRow>`
      insert into mail_rule_pass (owner_id, id, kind, rule_id, rule_version, draft, mail_account_id, folder_ids, total_count)
      select ${ownerId}, ${pass.id}, ${pass.kind}, ${pass.rule?.id ?? null}, ${pass.rule?.version ?? null},
        ${pass.draft ? JSON.stringify(pass.draft) : null}::jsonb, ${pass.mailAccountId},
        ${pass.folderIds === null ? null : [...pass.folderIds]}::uuid[],
        least(${pass.limit}, coalesce(sum(total_count), 0))
      from (${foldersOf(ownerId, pass)}) as folder
      returning ${columns}`.execute(tx)
    return rows[0] as PassRow
  },

  async find(db: Queryable, { ownerId, id }: PassKey): Promise<PassRow | undefined> {
    const { rows } = await sql<PassRow>`
      select ${columns} from mail_rule_pass where owner_id = ${ownerId} and id = ${id}`.execute(db)
    return rows[0]
  },

  /** The latest application of a rule. */
  async ofRule(db: Queryable, { ownerId, id }: RuleKey): Promise<PassRow | undefined> {
    const { rows } = await sql<PassRow>`
      select ${columns} from mail_rule_pass where owner_id = ${ownerId} and rule_id = ${id} order by id desc limit 1`.execute(
      db,
    )
    return rows[0]
  },

  async countRunning(tx: Tx, ownerId: string, kind: PassKind): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from mail_rule_pass
      where owner_id = ${ownerId} and kind = ${kind} and state = 'running'`.execute(tx)
    return rows[0]?.count ?? 0
  },

  /** False when it was not running. */
  async cancel(tx: Tx, { ownerId, id }: PassKey): Promise<boolean> {
    const { numAffectedRows } = await sql`
      update mail_rule_pass set state = 'cancelled', finished_at = now()
      where owner_id = ${ownerId} and id = ${id} and state = 'running'`.execute(tx)
    return numAffectedRows === 1n
  },

  /** Held until the end of the transaction. */
  async isRunning(tx: Tx, { ownerId, id }: PassKey): Promise<boolean> {
    const { rows } = await sql<{ state: string }>`
      select state from mail_rule_pass where owner_id = ${ownerId} and id = ${id} for share`.execute(tx)
    return rows[0]?.state === 'running'
  },

  fail: (db: Queryable, { ownerId, id }: PassKey, code: string) =>
    sql`update mail_rule_pass set state = 'failed', error_code = ${code}, finished_at = now()
      where owner_id = ${ownerId} and id = ${id} and state = 'running'`.execute(db),

  /** The next messages after where the pass is, newest first. */
  async next(
    db: Queryable,
    ownerId: string,
    pass: PassRow,
    limit: number,
  ): Promise<{ message_id: string; received_at: string }[]> {
    const { mail_account_id: mailAccountId, folder_ids: folderIds } = pass
    const isAfter = sql`(received_at, message_id)
      < (${pass.after_received_at}::timestamptz, ${pass.after_message_id}::uuid)`
    const { rows } = await sql<{ message_id: string; received_at: string }>`
      select message_id, received_at::text from (
        select distinct place.received_at, place.message_id
        from (${foldersOf(ownerId, { mailAccountId, folderIds })}) as folder
        cross join lateral (
          select received_at, message_id from mail_location
          where owner_id = ${ownerId} and shown_folder_id = folder.id and gone_at is null and ${isAfter}
          order by received_at desc, message_id desc limit ${limit}
        ) as place
      ) as found
      order by found.received_at desc, found.message_id desc limit ${limit}`.execute(db)
    return rows
  },

  /** False when the pass was cancelled, or somebody else has gone on from there. */
  async moveOn(tx: Tx, { ownerId, id }: PassKey, from: PassRow, step: PassStep): Promise<boolean> {
    const { receivedAt, messageId } = step.after ?? {
      receivedAt: from.after_received_at,
      messageId: from.after_message_id,
    }
    const { numAffectedRows } = await sql`
      update mail_rule_pass set examined_count = examined_count + ${step.examined},
        matched_count = matched_count + ${step.matched}, failed_count = failed_count + ${step.failed},
        undecided_count = undecided_count + ${step.undecided}, after_received_at = ${receivedAt}::timestamptz,
        after_message_id = ${messageId}, touched_at = now(), state = ${step.isOver ? 'done' : 'running'},
        finished_at = case when ${step.isOver} then now() end
      where owner_id = ${ownerId} and id = ${id} and state = 'running'
        and after_message_id = ${from.after_message_id}`.execute(tx)
    return numAffectedRows === 1n
  },

  addMatches: (tx: Tx, { ownerId, id }: PassKey, matches: readonly SimulatedMatch[]) =>
    sql`insert into mail_rule_simulated_match (owner_id, pass_id, place, message_id, reasons, actions)
      select ${ownerId}, ${id}, new.place, new."messageId", new.reasons, new.actions
      from jsonb_to_recordset(${JSON.stringify(matches)}::jsonb)
        as new (place int, "messageId" uuid, reasons jsonb, actions jsonb)`.execute(tx),

  async matches(
    db: Queryable,
    { ownerId, id }: PassKey,
    { after, limit }: { after: number; limit: number },
  ): Promise<MatchRow[]> {
    const { rows } = await sql<MatchRow>`
      select place, message_id, reasons, actions from mail_rule_simulated_match
      where owner_id = ${ownerId} and pass_id = ${id} and place > ${after} order by place limit ${limit}`.execute(db)
    return rows
  },

  /** Ends those that nobody could take any further for hours. */
  failStuck: (db: Queryable, hours: number) =>
    sql`update mail_rule_pass set state = 'failed', error_code = 'internal_error', finished_at = now()
      where state = 'running' and touched_at < now() - make_interval(hours => ${hours})`.execute(db),

  /** Those that nobody works on: of all owners. */
  async idle(db: Queryable, { seconds, limit }: { seconds: number; limit: number }): Promise<PassKey[]> {
    const { rows } = await sql<PassKey>`
      select owner_id as "ownerId", id from mail_rule_pass
      where state = 'running' and touched_at < now() - make_interval(secs => ${seconds})
      order by touched_at limit ${limit}`.execute(db)
    return rows
  },

  removeOld: (
    db: Queryable,
    { simulationHours, applicationDays }: { simulationHours: number; applicationDays: number },
  ) =>
    sql`delete from mail_rule_pass
      where state <> 'running' and created_at < now() - case kind
        when 'simulation' then make_interval(hours => ${simulationHours})
        else make_interval(days => ${applicationDays}) end`.execute(db),
}
