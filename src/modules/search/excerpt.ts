import type { SearchQuery } from './search-query.ts'

/** Plain text and which ranges of it matched, as [start, end) in UTF-16 code units, ascending and apart. */
export type Excerpt = { text: string; highlights: [number, number][] }

const length = 200
/** Characters of context before the first match. */
const lead = 40

/**
 * The piece of `text` around its first match, in one line. Matching ignores case and accents, as the index does; where
 * a word is found only elsewhere (in an address, say) the excerpt is the beginning and nothing is highlighted.
 */
export function excerptOf(text: string, query: SearchQuery): Excerpt {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  const words = wordPattern(query)
  const first = words ? fold(line).search(words) : -1
  const start = first <= lead ? 0 : wordStart(line, first - lead)
  const end = wordEnd(line, start + length)
  const [before, after] = [start > 0 ? '…' : '', end < line.length ? '…' : '']
  const piece = before + line.slice(start, end).toWellFormed() + after
  return { text: piece, highlights: words ? matches(fold(piece), words) : [] }
}

function matches(folded: string, words: RegExp): [number, number][] {
  return [...folded.matchAll(new RegExp(words, 'gu'))].map((match) => [match.index, match.index + match[0].length])
}

/** Matches what a person sees as the query's words; undefined when nothing is to be seen. */
function wordPattern({ terms }: SearchQuery): RegExp | undefined {
  const alternatives = terms
    .filter((term) => !term.isExcluded)
    .flatMap((term) => {
      const words = fold(term.text).match(/[\p{L}\p{N}]+/gu) ?? []
      if (term.isPhrase) return words.length > 0 ? [`${words.join('[^\\p{L}\\p{N}]+')}(?![\\p{L}\\p{N}])`] : []
      return words.map((word, at) => (term.isPrefix && at === words.length - 1 ? word : `${word}(?![\\p{L}\\p{N}])`))
    })
  if (alternatives.length === 0) return undefined
  // Longer ones first: of two that begin alike, the whole one is shown.
  const pattern = [...new Set(alternatives)].sort((a, b) => b.length - a.length).join('|')
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})`, 'u')
}

/** Lower case without accents, every code unit in its place, so that positions in it are positions in the text. */
function fold(text: string): string {
  return text.replaceAll(/[A-Z\u0080-\uffff]/g, (unit) => {
    const known = folded.get(unit)
    if (known !== undefined) return known
    const [plain = unit] = unit.normalize('NFD').toLowerCase()
    const kept = plain.length === 1 ? plain : unit
    folded.set(unit, kept)
    return kept
  })
}

/** At most one entry for each code unit. */
const folded = new Map<string, string>()

const wordStart = (text: string, at: number) => {
  const space = text.indexOf(' ', at)
  return space < 0 || space > at + lead / 2 ? at : space + 1
}

const wordEnd = (text: string, at: number) => {
  if (at >= text.length) return text.length
  const space = text.lastIndexOf(' ', at)
  return space < at - lead / 2 ? at : space
}
