import type { Gate } from './gate.ts'

type Stages<Batch, Fetched> = {
  /** One at a time: all of them go over one connection. */
  fetch: (batch: Batch) => Promise<Fetched>
  store: (batch: Batch, fetched: Fetched) => Promise<void>
}

/** Transactions of one account that store at once, beside the one batch that is being fetched. */
const storesAtOnce = 2

/**
 * Takes each batch through both stages: while some are stored, the next one is fetched. `bytesInFlight` bounds what
 * this process holds of them. After a failure nothing more is begun; it is thrown once all that was begun has ended.
 */
export async function runPipeline<Batch extends { bytes: number }, Fetched>(
  batches: AsyncIterable<Batch>,
  { fetch, store }: Stages<Batch, Fetched>,
  bytesInFlight: Gate,
): Promise<void> {
  const underway = new Set<Promise<void>>()
  try {
    for await (const batch of batches) {
      const fetched = Promise.withResolvers<void>()
      const work = bytesInFlight(async () => {
        const answer = await fetch(batch)
        fetched.resolve()
        await store(batch, answer)
      }, batch.bytes).finally(() => underway.delete(work))
      underway.add(work)
      await Promise.race([fetched.promise, work])
      if (underway.size > storesAtOnce) await Promise.race(underway)
    }
    await Promise.all(underway)
  } finally {
    await Promise.allSettled(underway)
  }
}
