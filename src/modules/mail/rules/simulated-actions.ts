import type { MessageFacts } from './matching/message-facts.ts'
import { type Omission, omissions, planAct } from './planned-action.ts'
import { isNamed, type KeptAction, type RuleAction } from './rule-action.ts'
import { isForwardedAlready, replyAddressOf, type Sender } from './rule-mail.ts'

export type SimulatedAction = {
  type: RuleAction['type']
  outcome: 'done' | 'skipped'
  code: string | null
  message: string | null
}

/** What would be done with a message, had it just come into the inbox; nothing is. */
export const simulatedActions = (
  actions: readonly KeptAction[],
  facts: MessageFacts,
  sender: Sender,
): SimulatedAction[] => {
  let isProtected = false
  return actions.map((action) => {
    isProtected ||= action.type === 'never_junk'
    const omission = omissionOf(action, facts, { sender, isProtected })
    return {
      ...{ type: action.type, outcome: omission ? 'skipped' : 'done' },
      ...{ code: omission?.code ?? null, message: omission?.message ?? null },
    }
  })
}

function omissionOf(
  action: KeptAction,
  facts: MessageFacts,
  { sender, isProtected }: { sender: Sender; isProtected: boolean },
): Omission | undefined {
  switch (action.type) {
    case 'stop':
    case 'notify':
    case 'call_webhook':
      return undefined
    case 'forward':
      return isForwardedAlready(facts, sender) ? omissions.forwarded : undefined
    case 'reply':
      return replyAddressOf(facts, sender) === undefined ? omissions.notAnswered : undefined
    default: {
      // What a rule of the organisation names is found, or made, when it runs.
      if (isNamed(action)) return undefined
      const planned = planAct(action, facts, { now: facts.receivedAt.getTime(), isInJunk: false, isProtected })
      return 'omission' in planned ? planned.omission : undefined
    }
  }
}
