/** One thing to find, or with `isExcluded` not to find. */
export type SearchTerm = {
  text: string
  /** The words stand next to each other in this order. */
  isPhrase: boolean
  isExcluded: boolean
  /** Somebody is perhaps still typing: what the text begins with matches too. */
  isPrefix: boolean
}

/** All terms must hold. Empty when there is nothing to find in what was typed. */
export type SearchQuery = { terms: SearchTerm[] }

const maxTerms = 20
const maxTermLength = 200

/**
 * Reads a query as people type it: words, "phrases", and -not before either. The last word is a prefix. Whatever makes
 * no sense, such as a quote that never closes, is read as words; nothing is ever refused.
 */
export function parseSearchQuery(typed: string): SearchQuery {
  const text = typed.toWellFormed().replaceAll('\0', ' ').normalize('NFC')
  const terms: SearchTerm[] = []
  for (const [, minus, phrase, word] of text.matchAll(/(-?)(?:"([^"]*)"|([^\s"]+))/gu)) {
    const found = phrase ?? word ?? ''
    // Only a letter or number can be found; this also leaves out a minus that stands alone.
    if (!/[\p{L}\p{N}]/u.test(found)) continue
    terms.push({
      text: found.slice(0, maxTermLength).toWellFormed(),
      isPhrase: phrase !== undefined,
      isExcluded: minus === '-',
      isPrefix: false,
    })
    if (terms.length === maxTerms) break
  }
  const last = terms.at(-1)
  if (last && !last.isPhrase && !last.isExcluded) last.isPrefix = true
  return { terms }
}
