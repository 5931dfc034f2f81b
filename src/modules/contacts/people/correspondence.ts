/** A message that its owner wrote, with those whom it went to. */
export type WrittenMessage = { id: string; writtenAt: Date; people: readonly { name: string; email: string }[] }

/** What is told of whom people write to, by mail when it is on. */
export type Correspondence = {
  /** Messages that the owner sent, in the order in which they became known, after the one of that id. */
  writtenAfter(ownerId: string, after: string | undefined, limit: number): Promise<WrittenMessage[]>
}

/** What one person was written, summed up. */
export type Correspondent = {
  email: string
  name: string
  count: number
  firstAt: Date
  lastAt: Date
  score: number
}

const halfLifeMs = 90 * 86_400_000
/** Of some days ago counts half of one of today: the logarithm of what counts by its time, which never ages. */
const weightOf = (at: Date): number => at.getTime() / halfLifeMs
/** log2(2^a + 2^b), which itself would be too large for any number. */
const sumOf = (a: number, b: number): number => Math.max(a, b) + Math.log2(1 + 2 ** -Math.abs(a - b))

/** Those whom messages went to, each once. */
export function summedUp(messages: readonly WrittenMessage[]): Correspondent[] {
  const known = new Map<string, Correspondent>()
  for (const { writtenAt, people } of messages) {
    const unique = new Map(people.map(({ name, email }) => [email.trim().toLowerCase(), name.trim()]))
    for (const [email, name] of unique) {
      if (!isAddress(email)) continue
      const before = known.get(email)
      known.set(email, {
        email,
        name: name && name.toLowerCase() !== email ? name.slice(0, 300) : (before?.name ?? ''),
        count: (before?.count ?? 0) + 1,
        firstAt: before && before.firstAt < writtenAt ? before.firstAt : writtenAt,
        lastAt: before && before.lastAt > writtenAt ? before.lastAt : writtenAt,
        score: before ? sumOf(before.score, weightOf(writtenAt)) : weightOf(writtenAt),
      })
    }
  }
  return [...known.values()]
}

const isAddress = (email: string): boolean => email.length <= 320 && /^[^\s@]+@[^\s@]+$/.test(email)
