/**
 * Has `work` do together what is asked for while it is at work: one call after another, each with all that waits by then.
 * What is asked for settles with the call that it is part of.
 */
export function inBatches<Item>(work: (items: Item[]) => Promise<unknown>): (item: Item) => Promise<void> {
  let waiting: Item[] = []
  let next: Promise<void> | undefined
  let before: Promise<unknown> = Promise.resolve()
  const begin = async () => {
    const items = waiting
    waiting = []
    next = undefined
    const done = work(items)
    before = done.catch(() => undefined)
    await done
  }
  return (item) => {
    waiting.push(item)
    next ??= before.then(begin)
    return next
  }
}
