import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import type { Json } from '#platform/database/generated.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import { newId } from '#platform/ids.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import type { Condition } from '../matching/condition.ts'
import type { KeptAction } from '../rule-action.ts'
import { checkCondition, checkWork } from '../rule-checks.ts'
import { noteInterest } from '../rule-interest.ts'
import { maxRules, ruleStore } from '../rule-store.ts'
import type { ActionBody } from '../rule-wire.ts'
import { organisationActionsOf } from './organisation-actions.ts'
import { type KnownRules, organisationRuleStore as store } from './organisation-rule-store.ts'

const key = 'mail.organisation_rules'

export type OrganisationRule = {
  id: string
  name: string
  is_enabled: boolean
  /** Whose members' mail it is for; everybody's when there are none. */
  groups: readonly string[]
  condition: Condition
  actions: readonly KeptAction[]
}
/** A rule with the id of one that is there is that one, changed; any other is new. */
export type GivenRule = {
  id?: string
  name: string
  is_enabled: boolean
  groups?: readonly string[]
  condition: Condition
  actions: readonly ActionBody[]
}
type Kept = { revision: number; rules: readonly OrganisationRule[] }

/** The most people whose rules one look of the sweep brings up to date at once, before it looks again. */
const atOnce = 100

export type OrganisationRules = ReturnType<typeof createOrganisationRules>

/** Rules over the mail of everybody or of groups, which run before each person's own. Changed all at once. */
export function createOrganisationRules(deps: { database: Database; transact: Transact; settings: LiveSettings }) {
  const { database, transact, settings } = deps
  const readLocked = async (tx: Tx): Promise<Kept> => keptOf(await settings.lock(tx, key)) ?? { revision: 0, rules: [] }

  /** Gives an owner the rules that are for them, as they are now. */
  const bring = (ownerId: string, { revision, rules }: Kept): Promise<void> =>
    transact(async (tx) => {
      await ruleStore.lock(tx, ownerId)
      const known = await store.knownTo(tx, ownerId)
      if (!isBehind(known, { revision, rules })) return
      await store.put(tx, ownerId, rules.filter(isFor(known.groups)))
      await noteInterest(tx, ownerId, await ruleStore.list(tx, ownerId, { limit: maxRules + rules.length }))
      await ruleStore.revise(tx, ownerId)
      await store.note(tx, ownerId, { revision, groups: known.groups })
    })

  const sweep: Sweep = {
    name: 'mail.organisation_rules',
    everySeconds: 5,
    async run() {
      const kept = keptOf(settings.get(key))
      if (!kept) return
      for (;;) {
        const owners = await store.behind(
          database,
          { revision: kept.revision, hasGroups: hasGroups(kept.rules) },
          atOnce,
        )
        for (const ownerId of owners) await bring(ownerId, kept)
        if (owners.length < atOnce) return
      }
    },
  }

  return {
    sweep,
    etagOf,
    view: (): Promise<readonly OrganisationRule[]> => transact(async (tx) => (await readLocked(tx)).rules),

    /**
     * Replaces all of them; they are everybody's within seconds, for mail that comes from then on.
     * @throws AppError `etag_mismatch`, `mail.rule_action_of_one_person`, `mail.folder_name_invalid`, `mail.label_name_invalid`, and
     * what a person's own rule is refused for.
     */
    replace: (
      caller: { personId: string; origin: RequestOrigin },
      given: readonly GivenRule[],
      ifMatch: string | undefined,
    ): Promise<readonly OrganisationRule[]> =>
      transact(async (tx) => {
        const { revision, rules: before } = await readLocked(tx)
        if (!isMatch(ifMatch, etagOf(before))) throw etagMismatch()
        const known = new Set(before.map(({ id }) => id))
        const rules = given.map((rule) => checked(rule, known))
        checkWork(rules.map(({ condition }) => condition))
        await settings.put(tx, key, { revision: revision + 1, rules } as never)
        const { personId: actorId, origin } = caller
        await audit.record(tx, {
          ...{ ownerId: undefined, actorId, action: 'admin.mail_rules_changed', outcome: 'success', origin },
          details: { before, after: rules } as never,
        })
        return (await readLocked(tx)).rules
      }),
  }
}

function checked(
  { id, name, is_enabled, groups = [], condition, actions }: GivenRule,
  known: Set<string>,
): OrganisationRule {
  checkCondition(condition)
  const isKnown = id !== undefined && known.delete(id)
  return {
    ...{ id: isKnown ? id : newId(), name, is_enabled, groups: [...new Set(groups)], condition },
    actions: organisationActionsOf(actions),
  }
}

/** What was kept before there were groups is for everybody. */
function keptOf(value: Json | undefined): Kept | undefined {
  const kept = value as unknown as Kept | undefined
  return kept && { ...kept, rules: kept.rules.map((rule) => ({ ...rule, groups: rule.groups ?? [] })) }
}

const hasGroups = (rules: readonly OrganisationRule[]): boolean => rules.some(({ groups }) => groups.length > 0)

const isFor =
  (groups: readonly string[]) =>
  (rule: OrganisationRule): boolean =>
    rule.groups.length === 0 || rule.groups.some((group) => groups.includes(group))

/** Whether an owner's copies are of an earlier revision, or of when they were in other groups. */
const isBehind = (known: KnownRules, { revision, rules }: Kept): boolean =>
  known.revision < revision || (hasGroups(rules) && known.madeFor?.join('\n') !== known.groups.join('\n'))
