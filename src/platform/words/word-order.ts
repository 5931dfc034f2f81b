/** Words as they lie one behind the other in `letters`. */
type Words = { letters: Buffer; starts: Int32Array; ends: Int32Array; count: number }

const maxInserted = 16

/**
 * The words in the order of their bytes, as a tsvector has them; PostgreSQL would take four times as long. First by
 * numbers made of their first four bytes, then those among which these do not decide.
 */
export function orderedWords(words: Words): Uint32Array {
  const keys = new Float64Array(words.count)
  for (let word = 0; word < words.count; word++) keys[word] = prefixOf(words, word) * 2 ** 20 + word
  keys.sort()
  const order = new Uint32Array(words.count)
  let from = 0
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as number
    order[at] = key % 2 ** 20
    const isLast =
      at + 1 === keys.length || Math.floor((keys[at + 1] as number) / 2 ** 20) !== Math.floor(key / 2 ** 20)
    if (!isLast) continue
    if (at - from > maxInserted) order.subarray(from, at + 1).sort((a, b) => compare(words, a, b))
    else if (at > from) insertInOrder(words, order, from, at)
    from = at + 1
  }
  return order
}

/** Insertion sort of the words from `from` to `to`: for a few of them much quicker than a call of `sort`. */
function insertInOrder(words: Words, order: Uint32Array, from: number, to: number): void {
  for (let next = from + 1; next <= to; next++) {
    const word = order[next] as number
    let at = next
    for (; at > from && compare(words, order[at - 1] as number, word) > 0; at--) order[at] = order[at - 1] as number
    order[at] = word
  }
}

/** Ends of words count as zero, which no word holds. */
function prefixOf({ letters, starts, ends }: Words, word: number): number {
  const [start, end] = [starts[word] as number, ends[word] as number]
  const letter = (at: number) => (start + at < end ? (letters[start + at] as number) : 0)
  return letter(0) * 2 ** 24 + letter(1) * 2 ** 16 + letter(2) * 2 ** 8 + letter(3)
}

/** Beyond the four bytes that are the same. */
function compare({ letters, starts, ends }: Words, a: number, b: number): number {
  const [endA, endB] = [ends[a] as number, ends[b] as number]
  let atA = (starts[a] as number) + 4
  let atB = (starts[b] as number) + 4
  for (; atA < endA && atB < endB; atA++, atB++) {
    const difference = (letters[atA] as number) - (letters[atB] as number)
    if (difference !== 0) return difference
  }
  return endA - atA - (endB - atB)
}
