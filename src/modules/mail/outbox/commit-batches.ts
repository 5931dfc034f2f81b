type Asked<Item, Answer> = { item: Item } & PromiseWithResolvers<Answer>

/**
 * One commit at a time: what comes while it is under way is gathered for the next. With `gatherMs` the first waits so
 * long for others, unless `flush` says that none will come.
 */
export function createBatches<Item, Answer>(
  commit: (items: readonly Item[]) => Promise<(item: Item) => Answer>,
  { gatherMs = 0 } = {},
) {
  const gathered: Asked<Item, Answer>[] = []
  let timer: NodeJS.Timeout | undefined
  let isCommitting = false

  async function commitAll(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (isCommitting) return
    isCommitting = true
    // Those that are added in the same turn belong together.
    await undefined
    while (gathered.length > 0) await commitBatch(gathered.splice(0))
    isCommitting = false
  }

  async function commitBatch(batch: readonly Asked<Item, Answer>[]): Promise<void> {
    try {
      const answerOf = await commit(batch.map(({ item }) => item))
      for (const { item, resolve } of batch) resolve(answerOf(item))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return {
    /** Resolves when the item is safe. @throws what the commit of its batch threw. */
    add(item: Item): Promise<Answer> {
      const asked = { item, ...Promise.withResolvers<Answer>() }
      gathered.push(asked)
      if (gatherMs === 0) void commitAll()
      else timer ??= setTimeout(commitAll, gatherMs)
      return asked.promise
    },
    flush: (): void => void commitAll(),
  }
}
