import type { FlagChange } from '../changes/remote-op-store.ts'

/** Flags as a location stores them. */
export type LocationFlags = {
  isRead: boolean
  isStarred: boolean
  isAnswered: boolean
  isDraft: boolean
  /** Everything else, `\Deleted` and provider keywords included, sorted. */
  keywords: string[]
}

/** System flags are case-insensitive (RFC 3501 §9); `\Recent` belongs to the session, not to the message. */
const columns = new Map([
  ['\\seen', 'isRead'],
  ['\\flagged', 'isStarred'],
  ['\\answered', 'isAnswered'],
  ['\\draft', 'isDraft'],
] as const)

const maxKeywords = 100

export function locationFlags(flags: Iterable<string>): LocationFlags {
  const result: LocationFlags = { isRead: false, isStarred: false, isAnswered: false, isDraft: false, keywords: [] }
  for (const flag of flags) {
    const column = columns.get(flag.toLowerCase() as '\\seen')
    if (column) result[column] = true
    else if (flag.toLowerCase() !== '\\recent') result.keywords.push(flag.toWellFormed().replaceAll('\0', ''))
  }
  result.keywords = [...new Set(result.keywords)].sort().slice(0, maxKeywords)
  return result
}

/** Flags of the server with the owner's pending changes on top, in their order: what is not confirmed yet wins. */
export function withPendingChanges(flags: Iterable<string>, changes: readonly FlagChange[]): LocationFlags {
  const effective = new Map([...flags].map((flag) => [flag.toLowerCase(), flag]))
  for (const change of changes) {
    for (const flag of change.add) effective.set(flag.toLowerCase(), flag)
    for (const flag of change.remove) effective.delete(flag.toLowerCase())
  }
  return locationFlags(effective.values())
}
