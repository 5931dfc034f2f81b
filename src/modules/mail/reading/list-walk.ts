/** An address, or a domain with all below it; in lower case. */
export type AddressPattern = { kind: 'address' | 'domain'; value: string }

/** What a list shows and in which places it looks for that: one form for messages and conversations. */
export type ListWalk = {
  /** Undefined with a label only: every folder but Trash and Junk. */
  folderIds: readonly string[] | undefined
  labelId?: string | undefined
  isUnread?: boolean
  isStarred?: boolean
  hasAttachments?: boolean
  from?: AddressPattern | undefined
  /** Among those in To, Cc and Bcc. */
  to?: AddressPattern | undefined
  /** RFC 3339; from then on. */
  receivedAfter?: string | undefined
  /** RFC 3339; before then. */
  receivedBefore?: string | undefined
  /** The only messages that can match, where an index knows them. */
  among?: readonly string[] | undefined
}

/**
 * Where a list goes on: the sort key of the last row before it. `receivedAt` is RFC 3339 with microseconds; of what came
 * back from a snooze, when that was.
 */
export type MessageKey = { receivedAt: string; messageId: string }

/**
 * Whether a statement looks at a stride of the walk only, because what it reads is not all shown: a page that is not
 * full may then be followed by others.
 */
export const isStrided = ({ labelId, from, to, among }: ListWalk): boolean =>
  among === undefined && (labelId ?? from ?? to) !== undefined

/** Reads an address or a domain, `@example.test` as well as `example.test`. */
export function addressPattern(text: string): AddressPattern | undefined {
  const value = text.trim().toLowerCase()
  const [local = '', domain, ...more] = value.split('@')
  if (more.length > 0 || /\s/.test(value)) return undefined
  if (domain === undefined) return local.includes('.') ? { kind: 'domain', value: local } : undefined
  if (domain === '') return undefined
  return local === '' ? { kind: 'domain', value: domain } : { kind: 'address', value }
}
