import type { Tx } from '#platform/database/database.ts'
import { createTurn } from '#platform/in-turns.ts'
import type { MailEvent } from '../events.ts'
import { hashKey, namedIds, ownId, serverThreadKey } from './thread-keys.ts'
import { type Letter, type LetterWithKey, withSubjectKey } from './thread-letter.ts'
import { type Link, type Merge, planThreads, type ThreadPlan } from './thread-plan.ts'
import { type AccountKey, threadStore } from './thread-store.ts'
import { linksBySubject } from './thread-subject-links.ts'

/** What is stored with a message. */
export type Threading = { threadId: string; subjectKey: string | null; isBareReply: boolean }

/**
 * Finds the threads of messages that are about to be stored, and merges those which they join: by the server's own
 * ids where it has them, else by Message-ID, In-Reply-To and References, and for replies that name nothing by their
 * subject. A handful of statements, however many messages. Whoever calls it holds the account's lease.
 * @returns the letters, each with its threading, and the events to append last.
 */
export async function threadLetters<Threaded extends Letter>(
  tx: Tx,
  key: AccountKey,
  letters: readonly Threaded[],
): Promise<{ letters: Array<Threaded & { threading: Threading }>; events: MailEvent[] }> {
  const ours = letters.filter((letter) => letter.serverThreadId === null).map(withSubjectKey)
  const { threadIds, merges } = await threadByHeaders(tx, key, ours)
  const known = new Map(ours.map((letter) => [letter.id, letter]))
  const threadingOf = ({ id, serverThreadId }: Letter): Threading => {
    const { subjectKey = null, isBareReply = false } = known.get(id) ?? {}
    const threadId = serverThreadId === null ? threadIds.get(id) : serverThreadKey(key.mailAccountId, serverThreadId)
    return { threadId: threadId ?? id, subjectKey, isBareReply }
  }
  return {
    letters: letters.map((letter) => ({ ...letter, threading: threadingOf(letter) })),
    events: mergedEvents(key, merges),
  }
}

async function threadByHeaders(
  tx: Tx,
  key: AccountKey,
  letters: readonly LetterWithKey[],
): Promise<Pick<ThreadPlan, 'threadIds' | 'merges'>> {
  if (letters.length === 0) return { threadIds: new Map(), merges: [] }
  const { links, owned, keys } = await linksByHeader(letters)
  const found = await threadStore.find(tx, key, keys)
  const { links: linksToTwins, threadIds } = await linksBySubject(tx, key, letters)
  const stored = new Set([...threadIds, ...found.map(({ threadId }) => threadId)])
  const plan = planThreads({
    messages: letters.map((letter) => letter.id),
    links: [...links, ...linksToTwins],
    owned,
    found,
    sizes: await threadStore.sizes(tx, key, [...stored]),
  })
  await threadStore.merge(tx, key, plan.merges)
  await threadStore.putReferences(tx, key, plan.references)
  return plan
}

/** Links between messages and the keys of the Message-IDs that they have and name. */
async function linksByHeader(letters: readonly LetterWithKey[]) {
  const links: Link[] = []
  const owned = new Set<string>()
  const keys = new Map<string, string>()
  const link = (message: string, id: string) => {
    const to = keys.get(id) ?? hashKey(id)
    keys.set(id, to)
    links.push({ message, to })
    return to
  }
  const turn = createTurn()
  for (const letter of letters) {
    await turn()
    const own = ownId(letter)
    if (own !== undefined) owned.add(link(letter.id, own))
    for (const id of namedIds(letter)) if (id !== own) link(letter.id, id)
  }
  return { links, owned, keys }
}

function mergedEvents({ mailAccountId }: AccountKey, merged: readonly Merge[]): MailEvent[] {
  if (merged.length === 0) return []
  const merges = merged.map((merge) => ({ thread_id: merge.threadId, merged_thread_ids: merge.mergedThreadIds }))
  return [{ type: 'mail.thread_merged', data: { mail_account_id: mailAccountId, merges } }]
}
