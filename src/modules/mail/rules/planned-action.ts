import type { Action } from '../acts/action.ts'
import type { MessageFacts } from './matching/message-facts.ts'
import type { RuleAction } from './rule-action.ts'

/** Why an action is not done. */
export type Omission = { code: string; message: string }

/** What an action comes to for one message: something done to the message itself, or left out for a reason. */
export type PlannedAct = { act: Action } | { omission: Omission }

type OnMessage = Exclude<RuleAction['type'], 'forward' | 'reply' | 'call_webhook' | 'notify' | 'stop'>

export const omissions = {
  snoozePast: { code: 'mail.snooze_time_past', message: 'The time at which it was to come back is over.' },
  protected: { code: 'mail.rule_never_junk', message: 'A rule before said that it is never junk.' },
  notJunk: { code: 'mail.not_in_junk', message: 'It does not lie in Junk.' },
  forwarded: { code: 'mail.forwarded_already', message: 'It was forwarded from here already: it goes in a circle.' },
  ownAddress: { code: 'mail.forward_to_itself', message: 'It would be forwarded to an address of its own reader.' },
  notAnswered: {
    code: 'mail.automatic_reply_unwanted',
    message: 'It came from a machine or a list, or was not addressed to you; such mail gets no automatic answer.',
  },
  answeredLately: {
    code: 'mail.automatic_reply_limit',
    message: 'This rule has answered that address within a week.',
  },
  notApplied: {
    code: 'mail.rule_not_applied',
    message: 'Mail that is there already is not forwarded, answered or told of.',
  },
} as const satisfies Record<string, Omission>

type Situation = {
  now: number
  isInJunk: boolean
  /** An earlier rule keeps it out of Junk. */
  isProtected: boolean
}

/** What is done to the message itself. */
export function planAct(
  action: Extract<RuleAction, { type: OnMessage }>,
  facts: MessageFacts,
  situation: Situation,
): PlannedAct {
  switch (action.type) {
    case 'label':
      return { act: { kind: 'label', labelIds: action.label_ids } }
    case 'move':
    case 'copy':
      return { act: { kind: action.type, folderId: action.folder_id } }
    case 'mark_read':
      return { act: { kind: 'read' } }
    case 'star':
    case 'archive':
    case 'trash':
      return { act: { kind: action.type } }
    case 'mark_junk':
      return situation.isProtected ? { omission: omissions.protected } : { act: { kind: 'junk' } }
    case 'never_junk':
      return situation.isInJunk ? { act: { kind: 'not_junk' } } : { omission: omissions.notJunk }
    case 'snooze': {
      const until = new Date(facts.receivedAt.getTime() + action.hours * 3_600_000)
      return until.getTime() <= situation.now ? { omission: omissions.snoozePast } : { act: { kind: 'snooze', until } }
    }
  }
}
