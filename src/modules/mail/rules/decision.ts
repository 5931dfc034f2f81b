import type { MessageFacts } from './matching/message-facts.ts'
import type { Program } from './matching/program.ts'
import { stops } from './rule-action.ts'
import type { RuleRow } from './rule-store.ts'

/** What rules make of a message, before anything is done. */
export type Decision = {
  /** Those that fit, in order, up to the first that stops. */
  fitting: RuleRow[]
  /** Whether a rule could not be decided yet: it and those after it are not among them. */
  isOpen: boolean
}

/** `program` is that of `rules`. `mayRun` leaves out rules that do not run on this message at all. */
export async function decide(
  rules: readonly RuleRow[],
  program: Program,
  facts: MessageFacts,
  mayRun: (rule: RuleRow) => boolean = () => true,
): Promise<Decision> {
  const matching = program.begin(facts)
  const fitting: RuleRow[] = []
  for (let from = 0; ; ) {
    const decided = await program.next(matching, from)
    const rule = decided && rules[decided.at]
    if (!rule) return { fitting, isOpen: false }
    from = decided.at + 1
    if (!mayRun(rule)) continue
    if (decided.verdict === undefined) return { fitting, isOpen: true }
    fitting.push(rule)
    if (stops(rule.actions)) return { fitting, isOpen: false }
  }
}
