/** An ending and what stands in its place in the stem. */
export type Ending = readonly [ending: string, by: string]

/**
 * Looks for the first of `endings` that a word of a-z ends with. Most words are told by their last letter to have none:
 * much quicker than a regular expression of all, for what is done with each new word of a mailbox.
 */
export function createEndings(endings: readonly Ending[]) {
  const byLast = Array.from({ length: 128 }, (_, code) =>
    endings.filter(([ending]) => ending.charCodeAt(ending.length - 1) === code),
  )
  /** One that leaves at least `minRest` letters. */
  return function endingOf(word: string, minRest = 0): Ending | undefined {
    const candidates = byLast[word.charCodeAt(word.length - 1)]
    if (!candidates) return undefined
    for (const candidate of candidates) {
      if (word.length >= candidate[0].length + minRest && word.endsWith(candidate[0])) return candidate
    }
  }
}

/** Endings that only go, longer ones first. */
export const dropped = (...endings: string[]): Ending[] =>
  endings.sort((one, other) => other.length - one.length).map((ending) => [ending, ''])
