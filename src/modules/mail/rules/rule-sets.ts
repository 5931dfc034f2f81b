import type { Database } from '#platform/database/database.ts'
import type { Needs } from './matching/message-facts.ts'
import { compileProgram, type Program } from './matching/program.ts'
import { needsOfRules } from './rule-needs.ts'
import { type RuleRow, ruleStore } from './rule-store.ts'

/** The enabled rules of an account's mail in their order, made for being decided often. */
export type RuleSet = {
  /** Of the owner's rules, as of which it holds. */
  revision: number
  rules: readonly RuleRow[]
  program: Program
  needs: Needs
}

/** Accounts whose rules a node keeps compiled. */
const maxSets = 32

/** Rules are read and compiled anew after a change of any of their owner's; else a look at the revision will do. */
export function createRuleSets({ database }: { database: Database }) {
  const sets = new Map<string, RuleSet>()

  async function load(ownerId: string, mailAccountId: string, revision: number): Promise<RuleSet> {
    const rules = await ruleStore.enabled(database, ownerId, mailAccountId)
    const program = compileProgram(rules.map(({ condition }) => condition))
    return { revision, rules, program, needs: needsOfRules(program, rules) }
  }

  return {
    async of(ownerId: string, mailAccountId: string): Promise<RuleSet> {
      const key = `${ownerId} ${mailAccountId}`
      // Read before the rules: after a change between the two they are read again.
      const revision = await ruleStore.revision(database, ownerId)
      const known = sets.get(key)
      const set = known?.revision === revision ? known : await load(ownerId, mailAccountId, revision)
      // The least recently used is the first.
      sets.delete(key)
      sets.set(key, set)
      const [oldest] = sets.keys()
      if (sets.size > maxSets && oldest !== undefined) sets.delete(oldest)
      return set
    },
  }
}

export type RuleSets = ReturnType<typeof createRuleSets>
