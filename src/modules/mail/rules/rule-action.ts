/** What a rule does with a message that fits. */
export type RuleAction =
  | { type: 'label'; label_ids: readonly string[] }
  | { type: 'move' | 'copy'; folder_id: string }
  | { type: 'mark_read' | 'star' | 'archive' | 'trash' | 'mark_junk' }
  /** Out of Junk, and no later rule puts it there. */
  | { type: 'never_junk' }
  /** Comes back so many hours after it came. */
  | { type: 'snooze'; hours: number }
  | { type: 'forward'; target_id: string }
  | { type: 'reply'; subject: string; text: string }
  /** With a text that is kept among the owner's templates. */
  | { type: 'reply'; template_id: string }
  | { type: 'call_webhook'; webhook_id: string }
  | { type: 'notify'; text: string }
  /** No later rule looks at the message. */
  | { type: 'stop' }

export type ActionType = RuleAction['type']

export const actionTypes = [
  ...(['label', 'move', 'copy', 'mark_read', 'star', 'archive', 'trash', 'mark_junk', 'never_junk'] as const),
  ...(['snooze', 'forward', 'reply', 'call_webhook', 'notify', 'stop'] as const),
]

export const stops = (actions: readonly RuleAction[]): boolean => actions.some(({ type }) => type === 'stop')
