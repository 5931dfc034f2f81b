/** What an owner, or a rule in their name, does to messages. */
export type Action =
  | { kind: 'read' | 'unread' | 'star' | 'unstar' | 'pin' | 'unpin' }
  | { kind: 'archive' | 'trash' | 'junk' | 'not_junk' }
  /** Into a folder of any of the owner's accounts; into one of another account it arrives under another id. */
  | { kind: 'move' | 'copy'; folderId: string }
  /** For good: what lies in Trash or Junk, and anything when `isPermanent`. */
  | { kind: 'delete'; isPermanent?: boolean }
  | { kind: 'label' | 'unlabel'; labelIds: readonly string[] }
  | { kind: 'snooze'; until: Date }
  /** Ends a snooze before its time: the message comes back now. */
  | { kind: 'unsnooze' }

export type ActionKind = Action['kind']

/** Why something was not done to a message; the others of its batch are not touched by that. */
export type Refusal = { code: string; message: string }

export const refusals = {
  notFound: { code: 'not_found', message: 'There is no such message, or it is not yours.' },
  threadNotFound: { code: 'not_found', message: 'There is no such conversation, or it is not yours.' },
  notInTrash: {
    code: 'mail.not_in_trash',
    message: 'Only what lies in Trash or Junk is deleted for good; move it there first, or say is_permanent.',
  },
  noSuchFolder: {
    code: 'mail.special_folder_missing',
    message: 'This mail account has no folder for that and none could be made; make one by that name first.',
  },
  notSnoozable: {
    code: 'mail.not_snoozable',
    message: 'Drafts, and what lies in Trash or Junk, cannot be snoozed; move the message to another folder first.',
  },
  tooLate: { code: 'mail.undo_too_late', message: 'This has been done on the mail server already and stays done.' },
} as const satisfies Record<string, Refusal>
