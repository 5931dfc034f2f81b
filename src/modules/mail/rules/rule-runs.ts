import type { Tx } from '#platform/database/database.ts'
import type { MailEvent } from '../events.ts'
import type { ActionPerformer, RunState, Subject } from './action-performer.ts'
import { type ExecutionCause, executionStore } from './execution-store.ts'
import { stops } from './rule-action.ts'
import type { RuleRow } from './rule-store.ts'
import type { ActionOutcome } from './rule-wire.ts'

export type RuleRuns = ReturnType<typeof createRuleRuns>

/** Runs rules that fit on a message: each version of a rule once, in the transaction that writes down that it did. */
export function createRuleRuns({ performer }: { performer: ActionPerformer }) {
  async function runOne(tx: Tx, subject: Subject, rule: RuleRow, state: RunState) {
    const outcomes: ActionOutcome[] = []
    const events: MailEvent[] = []
    for (const action of rule.actions) {
      const performed = await performer.perform(tx, subject, rule.id, action, state)
      outcomes.push(performed.outcome)
      events.push(...performed.events)
    }
    return { outcomes, events }
  }

  return {
    /**
     * `fitting` in their order, as far as they have not run before; one that stopped ends it. `order` are all rules that
     * might have. @returns the events, to be appended last, and whether an action failed.
     */
    async run(
      tx: Tx,
      subject: Subject,
      { fitting, order, cause }: { fitting: readonly RuleRow[]; order: readonly RuleRow[]; cause: ExecutionCause },
    ): Promise<{ events: MailEvent[]; hasFailed: boolean }> {
      const { ownerId, messageId, mailAccountId } = subject
      await executionStore.lockMessage(tx, messageId)
      const before = await executionStore.ofMessage(tx, ownerId, messageId)
      const hasRun = hasRunOf(before, cause)
      const end = endOf(before, order, cause)
      const isNeverJunk = before.some(({ actions }) => actions.some(({ type }) => type === 'never_junk'))
      const state: RunState = { isProtected: isNeverJunk }
      const events: MailEvent[] = []
      let hasFailed = false
      for (const rule of fitting) {
        if (order.indexOf(rule) > end) break
        if (hasRun(rule)) continue
        const { outcomes, events: happened } = await runOne(tx, subject, rule, state)
        const outcome = outcomes.some((one) => one.outcome === 'failed') ? 'failed' : 'done'
        const isLast = stops(rule.actions)
        const execution = { messageId, ruleId: rule.id, ruleVersion: rule.version, cause, outcome, isLast } as const
        await executionStore.insert(tx, ownerId, { ...execution, actions: outcomes })
        const ids = { mail_account_id: mailAccountId, message_id: messageId, rule_id: rule.id }
        events.push(...happened, {
          type: 'mail.rule_executed',
          data: { ...ids, rule_version: rule.version, outcome },
        })
        hasFailed ||= outcome === 'failed'
      }
      return { events, hasFailed }
    },
  }
}

type Earlier = Awaited<ReturnType<typeof executionStore.ofMessage>>

/** On arrival a rule that was changed between two looks at a message has had its turn. */
const hasRunOf = (before: Earlier, cause: ExecutionCause) => (rule: RuleRow) =>
  before.some(
    ({ rule_id, rule_version }) => rule_id === rule.id && (cause === 'arrival' || rule_version === rule.version),
  )

/** The place of the rule that stopped at an earlier look at an arriving message. */
function endOf(before: Earlier, order: readonly RuleRow[], cause: ExecutionCause): number {
  if (cause !== 'arrival') return order.length
  const last = new Set(before.filter(({ is_last }) => is_last).map(({ rule_id }) => rule_id))
  const at = order.findIndex(({ id }) => last.has(id))
  return at < 0 ? order.length : at
}
