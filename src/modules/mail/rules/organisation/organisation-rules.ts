import { audit, type RequestOrigin } from '#platform/audit/audit.ts'
import type { Database, Transact, Tx } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { etagMismatch, etagOf, isMatch } from '#platform/http/etag.ts'
import { newId } from '#platform/ids.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import type { LiveSettings } from '#platform/settings/live-settings.ts'
import type { Condition } from '../matching/condition.ts'
import type { ActionType, RuleAction } from '../rule-action.ts'
import { actionsOf, checkCondition, checkWork } from '../rule-checks.ts'
import { noteInterest } from '../rule-interest.ts'
import { maxRules, ruleStore } from '../rule-store.ts'
import type { ActionBody } from '../rule-wire.ts'
import { organisationRuleStore as store } from './organisation-rule-store.ts'

const key = 'mail.organisation_rules'

export type OrganisationRule = {
  id: string
  name: string
  is_enabled: boolean
  condition: Condition
  actions: readonly RuleAction[]
}
/** A rule with the id of one that is there is that one, changed; any other is new. */
export type GivenRule = {
  id?: string
  name: string
  is_enabled: boolean
  condition: Condition
  actions: readonly ActionBody[]
}
type Kept = { revision: number; rules: readonly OrganisationRule[] }

/** What they can do: nothing that names a folder, a label, a template or an address of one person. */
const organisationActions: readonly ActionType[] = [
  ...([
    'mark_read',
    'star',
    'archive',
    'trash',
    'mark_junk',
    'never_junk',
    'snooze',
    'reply',
    'notify',
    'stop',
  ] as const),
]

/** The most people whose rules one look of the sweep brings up to date at once, before it looks again. */
const atOnce = 100

export type OrganisationRules = ReturnType<typeof createOrganisationRules>

/** Rules over everybody's mail, which run before each person's own. Changed all at once. */
export function createOrganisationRules(deps: { database: Database; transact: Transact; settings: LiveSettings }) {
  const { database, transact, settings } = deps
  const readLocked = async (tx: Tx): Promise<Kept> =>
    ((await settings.lock(tx, key)) as unknown as Kept | undefined) ?? { revision: 0, rules: [] }

  /** Gives an owner the rules as they are now. */
  const bring = (ownerId: string, { revision, rules }: Kept): Promise<void> =>
    transact(async (tx) => {
      await ruleStore.lock(tx, ownerId)
      if (!(await store.isBehind(tx, ownerId, revision))) return
      await store.put(tx, ownerId, rules)
      await noteInterest(tx, ownerId, await ruleStore.list(tx, ownerId, { limit: maxRules + rules.length }))
      await ruleStore.revise(tx, ownerId)
      await store.noteRevision(tx, ownerId, revision)
    })

  const sweep: Sweep = {
    name: 'mail.organisation_rules',
    everySeconds: 5,
    async run() {
      const kept = settings.get(key) as unknown as Kept | undefined
      if (!kept) return
      for (;;) {
        const owners = await store.behind(database, kept.revision, atOnce)
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
     * @throws AppError `etag_mismatch`, `mail.rule_action_of_one_person`, and what a person's own rule is refused for.
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

function checked({ id, name, is_enabled, condition, actions }: GivenRule, known: Set<string>): OrganisationRule {
  checkCondition(condition)
  const refused = actions.find(
    (action) => !organisationActions.includes(action.type) || action.template_id !== undefined,
  )
  if (refused) throw actionOfOnePerson(refused.type)
  const isKnown = id !== undefined && known.delete(id)
  return { id: isKnown ? id : newId(), name, is_enabled, condition, actions: actionsOf(actions) }
}

const actionOfOnePerson = (type: string) =>
  new AppError(
    'unprocessable',
    'mail.rule_action_of_one_person',
    `A rule for everybody cannot do "${type}" with a folder, a label, a template or an address that is one person’s; ` +
      `it can do ${organisationActions.join(', ')}.`,
  )
