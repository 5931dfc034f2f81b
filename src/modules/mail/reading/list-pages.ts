import type { MessageKey } from './list-walk.ts'

const maxStrides = 5

export type ListedPage<Row> = {
  after: MessageKey | undefined
  limit: number
  list: (page: { after: MessageKey | undefined; limit: number }) => Promise<Row[]>
  /** Where the stride of a walk ends; undefined when the walk does. */
  strideEnd: (after: MessageKey | undefined) => Promise<MessageKey | undefined>
  keyOf: (row: Row) => MessageKey
}

/**
 * Fills a page stride by stride. Where little of what is walked over is shown, so that this takes many, the page is
 * shorter, but never empty before the end. `next` is where the next page begins; undefined after the last one.
 */
export async function fillPage<Row>(page: ListedPage<Row>): Promise<{ rows: Row[]; next: MessageKey | undefined }> {
  const { limit } = page
  const rows: Row[] = []
  let next = page.after
  for (let strides = 1; strides <= maxStrides || rows.length === 0; strides++) {
    rows.push(...(await page.list({ after: next, limit: limit + 1 - rows.length })))
    const last = rows[limit - 1]
    if (last && rows.length > limit) return { rows: rows.slice(0, limit), next: page.keyOf(last) }
    next = await page.strideEnd(next)
    if (!next) break
  }
  return { rows, next }
}

/** A page of the lists of several owners: each brings one of its own, as `fillPage` does. */
export type OwnerPage<Row> = { rows: Row[]; next: MessageKey | undefined }

/**
 * Pages of several lists as one, newest first. What comes after the newest place where one of them goes on waits for the
 * next page: there may be something in between.
 */
export function mergePages<Row>(
  pages: readonly OwnerPage<Row>[],
  { limit, keyOf }: { limit: number; keyOf: (row: Row) => MessageKey },
): OwnerPage<Row> {
  const [only, ...others] = pages
  if (only && others.length === 0) return only
  const end = pages.flatMap(({ next }) => next ?? []).toSorted(newestFirst)[0]
  const merged = pages.flatMap(({ rows }) => rows).toSorted((one, other) => newestFirst(keyOf(one), keyOf(other)))
  const known = end ? merged.filter((row) => newestFirst(keyOf(row), end) <= 0) : merged
  if (known.length <= limit) return { rows: known, next: end }
  const rows = known.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: last && keyOf(last) }
}

/** Times are written alike, to the microsecond. */
function newestFirst(one: MessageKey, other: MessageKey): number {
  if (one.receivedAt !== other.receivedAt) return one.receivedAt < other.receivedAt ? 1 : -1
  if (one.messageId === other.messageId) return 0
  return one.messageId < other.messageId ? 1 : -1
}
