import { isSameStem } from '#platform/words/stems.ts'
import { isPairScript } from '#platform/words/words.ts'
import { type SearchNode, wantedLeaves } from '../query/search-node.ts'

/** Ranges that matched, as [start, end) in UTF-16 code units, ascending and apart. */
export type Highlights = [number, number][]
/** Plain text and which ranges of it matched. */
export type Excerpt = { text: string; highlights: Highlights }

const length = 200
/** Characters of context before the first match. */
const lead = 40
/** Where other forms of a word are looked for, which takes longer. */
const stemmedLength = 3000

/**
 * The piece of `text` around its first match, in one line. Matching ignores case and accents, as the index does, and sees
 * other forms of a word where the word itself is not; where a word is found only elsewhere (in an address, say) the
 * excerpt is the beginning and nothing is highlighted.
 */
export function excerptOf(text: string, root: SearchNode): Excerpt {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  const wanted = wantedOf(root)
  const first = firstMatch(fold(line), wanted)
  const start = first <= lead ? 0 : wordStart(line, first - lead)
  const end = wordEnd(line, start + length)
  const [before, after] = [start > 0 ? '…' : '', end < line.length ? '…' : '']
  const piece = before + line.slice(start, end).toWellFormed() + after
  return { text: piece, highlights: matches(fold(piece), wanted) }
}

/** What matches in a text that is shown whole. */
export const highlightsOf = (text: string, root: SearchNode): Highlights => matches(fold(text), wantedOf(root))

type Wanted = { pattern: RegExp | undefined /** Words that are found in other forms too. */; words: string[] }

function firstMatch(folded: string, { pattern, words }: Wanted): number {
  const at = pattern ? folded.search(pattern) : -1
  return at >= 0 || words.length === 0 ? at : (forms(folded.slice(0, stemmedLength), words)[0]?.[0] ?? -1)
}

function matches(folded: string, { pattern, words }: Wanted): Highlights {
  const exact = pattern ? [...folded.matchAll(new RegExp(pattern, 'gu'))] : []
  const found = [
    ...exact.map((match): [number, number] => [match.index, match.index + match[0].length]),
    ...forms(folded, words),
  ]
  const apart: Highlights = []
  for (const range of found.sort(([a], [b]) => a - b)) if (range[0] >= (apart.at(-1)?.[1] ?? 0)) apart.push(range)
  return apart
}

function forms(folded: string, words: readonly string[]): Highlights {
  if (words.length === 0) return []
  return [...folded.matchAll(/(?<![\p{L}\p{N}])[a-z]{3,30}(?![\p{L}\p{N}])/gu)]
    .filter(({ 0: word }) => words.some((one) => isSameStem(one, word)))
    .map(({ 0: word, index }) => [index, index + word.length])
}

/** What a person sees as the query's words. */
function wantedOf(root: SearchNode): Wanted {
  const words: string[] = []
  const alternatives = wantedLeaves(root).flatMap((leaf) => {
    if (!('text' in leaf)) return []
    const found = fold(leaf.text).match(/[\p{L}\p{N}]+/gu) ?? []
    const isPhrase = leaf.kind === 'words' && leaf.isPhrase
    if (isPhrase) return found.length > 0 ? [`${found.join('[^\\p{L}\\p{N}]+')}${boundary}`] : []
    if (leaf.kind === 'words' && found.length === 1) words.push(...found)
    return found.map((word, at) => {
      const isOpen = (leaf.isPrefix && at === found.length - 1) || isPairScript(word)
      return isOpen ? word : word + boundary
    })
  })
  // Longer ones first: of two that begin alike, the whole one is shown.
  const pattern = [...new Set(alternatives)].sort((a, b) => b.length - a.length)
  const before = (one: string) => (isPairScript(one) ? one : `(?<![\\p{L}\\p{N}])${one}`)
  return { pattern: pattern.length > 0 ? new RegExp(pattern.map(before).join('|'), 'u') : undefined, words }
}

const boundary = '(?![\\p{L}\\p{N}])'

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
