import type { Tx } from '#platform/database/database.ts'
import { arrivalInterestStore } from '../arrivals/arrival-store.ts'
import { leavesOf } from './matching/condition.ts'
import { needsOf } from './matching/leaf.ts'
import type { RuleRow } from './rule-store.ts'

/** Looks at new mail at once, as far as its body does not matter. */
export const rulesConsumer = 'rules'
/** Looks at it again once its body is there. */
export const bodyRulesConsumer = 'rules_body'

/** Has new mail noted for an owner's rules as long as some are enabled; part of whatever changes them. */
export async function noteInterest(tx: Tx, ownerId: string, all: readonly RuleRow[]): Promise<void> {
  const rules = all.filter((rule) => rule.is_enabled)
  const isBodyRead = rules.some(({ condition }) => needsOf(leavesOf(condition)).body)
  const at = (consumer: string) => ({ ownerId, consumer })
  if (rules.length > 0) await arrivalInterestStore.set(tx, at(rulesConsumer))
  else await arrivalInterestStore.clear(tx, at(rulesConsumer))
  if (isBodyRead) await arrivalInterestStore.set(tx, at(bodyRulesConsumer), { waitsForBody: true })
  else await arrivalInterestStore.clear(tx, at(bodyRulesConsumer))
}
