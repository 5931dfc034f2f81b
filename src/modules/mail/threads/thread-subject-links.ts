import type { Tx } from '#platform/database/database.ts'
import { nearbySubjectKeys, subjectOfKey, subjectReachMs } from './thread-keys.ts'
import type { LetterWithKey, Recipients } from './thread-letter.ts'
import type { Link } from './thread-plan.ts'
import { type AccountKey, type SubjectTwin, threadStore } from './thread-store.ts'

/** Of each message; more would make hostile mail slow to compare. */
const maxRecipients = 50

/**
 * Links replies that name no message to whatever has their subject, is at most 30 days away and has a participant in
 * common besides the account's own address. The relation has two ends and no order, so that it does not matter which
 * of the two comes first.
 */
export async function linksBySubject(tx: Tx, key: AccountKey, letters: readonly LetterWithKey[]) {
  const groups = Map.groupBy(
    letters.filter(({ subjectKey }) => subjectKey !== null),
    ({ subjectKey }) => subjectOfKey(subjectKey ?? ''),
  )
  const twins = await findTwins(tx, key, [...groups.values()].flat())
  const stored = Map.groupBy(twins, (twin) => subjectOfKey(twin.subjectKey))
  const open = [...groups].filter(([subject, group]) => stored.has(subject) || group.some(isBare))
  const own = open.length === 0 ? '' : await threadStore.ownAddress(tx, key)
  return {
    links: open.flatMap(([subject, group]) => linksWithin(group, stored.get(subject) ?? [], own)),
    /** Of the stored messages that were found. */
    threadIds: twins.map((twin) => twin.threadId),
  }
}

const isBare = ({ isBareReply }: { isBareReply: boolean }) => isBareReply

async function findTwins(tx: Tx, key: AccountKey, letters: readonly LetterWithKey[]): Promise<SubjectTwin[]> {
  const keysNear = (some: readonly LetterWithKey[]) => [
    ...new Set(some.flatMap(({ subjectKey }) => (subjectKey === null ? [] : nearbySubjectKeys(subjectKey)))),
  ]
  return [
    ...(await threadStore.findBareReplies(tx, key, keysNear(letters))),
    ...(await threadStore.findAnswered(tx, key, keysNear(letters.filter(isBare)))),
  ]
}

function linksWithin(group: readonly LetterWithKey[], stored: readonly SubjectTwin[], own: string): Link[] {
  const links: Link[] = []
  const sides = group.map((letter) => ({
    ...letter,
    participants: participantsOf(letter.from, letter.recipients, own),
  }))
  const twins = stored.map((twin) => ({ ...twin, participants: participantsOf(twin.from_email, twin.recipients, own) }))
  for (const [at, letter] of sides.entries()) {
    for (const other of sides.slice(at + 1)) {
      if (belongTogether(letter, other)) links.push({ message: letter.id, to: other.id })
    }
    for (const twin of twins) {
      if (belongTogether(letter, twin)) links.push({ message: letter.id, to: twin.threadId })
    }
  }
  return links
}

type Side = { isBareReply: boolean; date: Date; participants: ReadonlySet<string> }

function belongTogether(a: Side, b: Side): boolean {
  if (!a.isBareReply && !b.isBareReply) return false
  return (
    Math.abs(a.date.getTime() - b.date.getTime()) <= subjectReachMs && !a.participants.isDisjointFrom(b.participants)
  )
}

/** Addresses, in lower case, of who wrote a message and of the first of those to whom it went. */
function participantsOf(from: string, { to = [], cc = [] }: Recipients, own: string): ReadonlySet<string> {
  const addresses = [from, ...[...to, ...cc].slice(0, maxRecipients).map(({ email }) => email)]
  return new Set(
    addresses.map((address) => address.toLowerCase()).filter((address) => address !== '' && address !== own),
  )
}
