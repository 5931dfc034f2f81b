/** Messages of a thread; what comes after begins another one. */
export const maxThreadSize = 500

/** A message belongs together with another message, with whatever has a key, or with a stored thread. */
export type Link = { message: string; to: string }

/** What is stored already: `key` leads to `threadId`. */
export type FoundKey = { key: string; threadId: string }

export type Merge = { threadId: string; mergedThreadIds: string[] }

export type ThreadPlan = {
  /** By message. */
  threadIds: Map<string, string>
  merges: Merge[]
  /** The thread in which those belong who have or name a key; to be stored. */
  references: Map<string, string>
}

export type ThreadQuestion = {
  messages: readonly string[]
  links: readonly Link[]
  /** The keys that messages have. All others in `links` are of messages that they name. */
  owned: ReadonlySet<string>
  found: readonly FoundKey[]
  /** Of every stored thread in `found` and `links`. */
  sizes: ReadonlyMap<string, number>
}

type Component = { messages: string[]; threads: string[]; keys: string[] }

/**
 * Puts messages into threads: what is linked, by however many steps, is one thread, whatever the order in which it
 * comes. A message that links two threads merges the smaller into the larger, unless `maxThreadSize` forbids it.
 */
export function planThreads(question: ThreadQuestion): ThreadPlan {
  const plan: ThreadPlan = { threadIds: new Map(), merges: [], references: new Map() }
  const isKnown = new Set([...question.owned, ...question.found.map(({ key }) => key)])
  for (const component of componentsOf(question)) {
    const { threadId, isWhole } = placeIn(component, question.sizes, plan)
    for (const key of component.keys) {
      // The key of a message that is there leads to its thread anyway, and what is stored follows a merge. But to a
      // thread that is full, and not to the one that goes on.
      if (!isWhole || !isKnown.has(key)) plan.references.set(key, threadId)
    }
  }
  return plan
}

/** Places a component's messages; answers where later ones are to go, and whether all of it is in one thread now. */
function placeIn(
  { messages, threads }: Component,
  sizes: ReadonlyMap<string, number>,
  plan: ThreadPlan,
): { threadId: string; isWhole: boolean } {
  const sizeOf = (id: string) => sizes.get(id) ?? 0
  const bySize = threads.toSorted((a, b) => sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1))
  const threadId = bySize.find((id) => sizeOf(id) + messages.length <= maxThreadSize)
  if (!threadId) {
    return { threadId: placeInNew(messages, plan), isWhole: threads.length === 0 && messages.length <= maxThreadSize }
  }
  for (const message of messages) plan.threadIds.set(message, threadId)
  let size = sizeOf(threadId) + messages.length
  const mergedThreadIds: string[] = []
  for (const id of bySize) {
    if (id === threadId || size + sizeOf(id) > maxThreadSize) continue
    size += sizeOf(id)
    mergedThreadIds.push(id)
  }
  if (mergedThreadIds.length > 0) plan.merges.push({ threadId, mergedThreadIds })
  return { threadId, isWhole: mergedThreadIds.length === threads.length - 1 }
}

/** A new thread has the id of its first message. */
function placeInNew(messages: readonly string[], plan: ThreadPlan): string {
  let threadId = ''
  for (const [at, message] of messages.entries()) {
    if (at % maxThreadSize === 0) threadId = message
    plan.threadIds.set(message, threadId)
  }
  return threadId
}

/** The connected components that have a message, by union-find with path halving. */
function componentsOf({ messages, links, found, sizes }: ThreadQuestion): Component[] {
  const parents = new Map(messages.map((message) => [message, message]))
  const rootOf = (node: string): string => {
    let at = node
    for (;;) {
      const parent = parents.get(at) ?? at
      if (parent === at) break
      const above = parents.get(parent) ?? parent
      parents.set(at, above)
      at = above
    }
    parents.set(at, at)
    return at
  }
  for (const { message, to } of links) parents.set(rootOf(message), rootOf(to))
  for (const { key, threadId } of found) parents.set(rootOf(key), rootOf(threadId))

  const byRoot = new Map<string, Component>()
  for (const message of messages) byRoot.set(rootOf(message), { messages: [], threads: [], keys: [] })
  const isMessage = new Set(messages)
  for (const node of [...parents.keys()]) {
    const component = byRoot.get(rootOf(node))
    if (!component) continue
    if (isMessage.has(node)) component.messages.push(node)
    else if (sizes.has(node)) component.threads.push(node)
    else component.keys.push(node)
  }
  return [...byRoot.values()]
}
