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

/** Folders that every account has, or can be given. */
export const namedRoles = ['archive', 'junk', 'trash'] as const

/** What a rule of the organisation does, by names that mean something in every mail account. */
export type NamedAction =
  | { type: 'label'; label_names: readonly string[] }
  | { type: 'move'; folder_role: (typeof namedRoles)[number] }
  /** Names from the top on, with a slash between them. */
  | { type: 'move' | 'copy'; folder_path: string }
  | { type: 'forward'; email: string }

/** As rules are kept. */
export type KeptAction = RuleAction | NamedAction

export type ActionType = RuleAction['type']

export const actionTypes = [
  ...(['label', 'move', 'copy', 'mark_read', 'star', 'archive', 'trash', 'mark_junk', 'never_junk'] as const),
  ...(['snooze', 'forward', 'reply', 'call_webhook', 'notify', 'stop'] as const),
]

export const stops = (actions: readonly KeptAction[]): boolean => actions.some(({ type }) => type === 'stop')

/** Whether it is by names or addresses, rather than by what one person has. */
export const isNamed = (action: KeptAction): action is NamedAction =>
  ['label_names', 'folder_role', 'folder_path', 'email'].some((member) => member in action)
