import type { Needs } from './matching/message-facts.ts'
import type { Program } from './matching/program.ts'
import type { KeptAction, RuleAction } from './rule-action.ts'

export const has =
  (...types: RuleAction['type'][]) =>
  ({ actions }: { actions: readonly KeptAction[] }): boolean =>
    actions.some(({ type }) => types.includes(type))

const needsHeaders = has('forward', 'reply')

/** What rules have to know of a message: to be decided, and to act with care. */
export const needsOfRules = (program: Program, rules: readonly { actions: readonly KeptAction[] }[]): Needs => ({
  ...program.needs,
  headers: program.needs.headers || rules.some(needsHeaders),
})
