import { sql } from 'kysely'
import type { Database, Tx } from '#platform/database/database.ts'
import type { OrganisationRule } from './organisation-rules.ts'

export type KnownRules = { revision: number; madeFor: string[] | null; groups: string[] }

/** A mailbox that is lent is in the groups of whoever lends it, one of the organisation in none. */
const withGroups = sql`
  join principal as owner on owner.id = account.owner_id
  left join mail_mailbox as mailbox on mailbox.owner_id = account.owner_id
  left join principal as lender on lender.id = mailbox.lender_id
  left join mail_rule_revision as known on known.owner_id = account.owner_id`
const groupsOf = sql`array(select unnest(coalesce(lender.groups, owner.groups)) order by 1)`

/** Positions of the organisation's rules end here; people's begin at 1. */
const before = -1000

export const organisationRuleStore = {
  /** Owners of mail whose rules are those of an earlier revision or, where some are for groups, of other groups. */
  async behind(
    db: Database,
    { revision, hasGroups }: { revision: number; hasGroups: boolean },
    limit: number,
  ): Promise<string[]> {
    const { rows } = await sql<{ owner_id: string }>`
      select distinct account.owner_id from mail_account as account ${withGroups}
      where coalesce(known.organisation_revision, 0) < ${revision}
        or (${hasGroups}::boolean and known.organisation_groups is distinct from ${groupsOf})
      limit ${limit}`.execute(db)
    return rows.map((row) => row.owner_id)
  },

  /** As of which revision and for which groups the owner has rules; asked under the lock of their rules. */
  async knownTo(tx: Tx, ownerId: string): Promise<KnownRules> {
    const { rows } = await sql<KnownRules>`
      select coalesce(known.organisation_revision, 0) as revision, known.organisation_groups as "madeFor",
        ${groupsOf} as groups
      from (select ${ownerId}::uuid as owner_id) as account ${withGroups}`.execute(tx)
    return rows[0] ?? { revision: 0, madeFor: null, groups: [] }
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

  note: (tx: Tx, ownerId: string, { revision, groups }: { revision: number; groups: readonly string[] }) =>
    sql`update mail_rule_revision set organisation_revision = ${revision}, organisation_groups = ${[...groups]}
      where owner_id = ${ownerId}`.execute(tx),
}
