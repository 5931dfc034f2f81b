import { sql } from 'kysely'
import type { Database, Tx } from '#platform/database/database.ts'
import type { OrganisationRule } from './organisation-rules.ts'

/** Positions of the organisation's rules end here; people's begin at 1. */
const before = -1000

export const organisationRuleStore = {
  /** People with mail whose rules are those of an earlier revision. */
  async behind(db: Database, revision: number, limit: number): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select distinct account.owner_id from mail_account as account
      left join mail_rule_revision as known on known.owner_id = account.owner_id
      where coalesce(known.organisation_revision, 0) < ${revision} limit ${limit}`.execute(db)
    return rows.map((row) => row.owner_id)
  },

  /** Whether the owner's rules are those of an earlier revision; asked under the lock of their rules. */
  async isBehind(tx: Tx, ownerId: string, revision: number): Promise<boolean> {
    const { rows } = await sql<{ known: number }>`
      select organisation_revision as known from mail_rule_revision where owner_id = ${ownerId}`.execute(tx)
    return (rows[0]?.known ?? 0) < revision
  },

  /** Makes the owner's copies equal to `rules`. What does something else from now on is another version. */
  async put(tx: Tx, ownerId: string, rules: readonly OrganisationRule[]): Promise<void> {
    await sql`delete from mail_rule where owner_id = ${ownerId} and is_organisational
      and id <> all(${rules.map(({ id }) => id)}::uuid[])`.execute(tx)
    if (rules.length === 0) return
    const of = <T>(member: (rule: OrganisationRule) => T) => rules.map(member)
    await sql`
      insert into mail_rule as known (owner_id, id, name, position, is_enabled, condition, actions, is_organisational)
      select ${ownerId}, given.id, given.name, ${before}::int + given.place::int, given.is_enabled, given.condition,
        given.actions, true
      from unnest(${of(({ id }) => id)}::uuid[], ${of(({ name }) => name)}::text[],
        ${of(({ is_enabled }) => is_enabled)}::boolean[], ${of(({ condition }) => JSON.stringify(condition))}::jsonb[],
        ${of(({ actions }) => JSON.stringify(actions))}::jsonb[])
        with ordinality as given (id, name, is_enabled, condition, actions, place)
      on conflict (owner_id, id) do update set name = excluded.name, position = excluded.position,
        is_enabled = excluded.is_enabled, condition = excluded.condition, actions = excluded.actions,
        version = known.version +
          case when (known.condition, known.actions) = (excluded.condition, excluded.actions) then 0 else 1 end,
        updated_at = now()
      where known.is_organisational`.execute(tx)
  },

  noteRevision: (tx: Tx, ownerId: string, revision: number) =>
    sql`update mail_rule_revision set organisation_revision = ${revision} where owner_id = ${ownerId}`.execute(tx),
}
