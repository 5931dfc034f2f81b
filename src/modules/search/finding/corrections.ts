import type { Logger } from '#platform/observability/log.ts'
import { wordsOf } from '#platform/words/words.ts'
import { type SearchNode, wantedLeaves } from '../query/search-node.ts'
import type { SearchSource } from '../search-source.ts'
import { createAsking, type Person } from './asking.ts'

/** Shorter words are one letter away from too many others. */
const minLength = 4

/** What somebody may have meant by a query that finds nothing. */
export function createCorrections(deps: { sources: readonly SearchSource[]; log: Logger }) {
  const asking = createAsking(deps)
  return {
    /** The query with its words replaced by those of the person's own things that look like them; undefined if none do. */
    async of(person: Person, typed: string, root: SearchNode): Promise<string | undefined> {
      const words = [...new Set(wantedLeaves(root).flatMap((leaf) => ('text' in leaf ? wordsOf(leaf.text) : [])))]
      const long = words.filter((word) => word.length >= minLength)
      if (long.length === 0) return undefined
      const asked = asking.askedBy(person, { root, types: undefined, after: undefined, limit: 1 })
      const { answers } = await asking.all(asked, async ({ source, request }) => ({
        words: (await source.similarWords?.(request.ownerId, long)) ?? [],
      }))
      const known = new Set(answers.flatMap((answer) => answer?.words ?? []))
      let corrected = typed
      for (const word of long) {
        const nearest = known.has(word) ? word : nearestOf(word, known)
        if (nearest !== undefined && nearest !== word) corrected = replaced(corrected, word, nearest)
      }
      return corrected === typed ? undefined : corrected
    },
  }
}

function nearestOf(word: string, known: ReadonlySet<string>): string | undefined {
  const most = word.length < 6 ? 1 : 2
  return [...known]
    .map((other) => ({ other, distance: distanceOf(word, other) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance || (a.other < b.other ? -1 : 1))[0]?.other
}

/** The word as it was typed, with its accents and capitals. */
function replaced(typed: string, word: string, by: string): string {
  return typed.replace(/[\p{L}\p{N}]+/gu, (run) => (wordsOf(run)[0] === word ? by : run))
}

/** Letters to be changed, added, left out or swapped with their neighbour to get from one word to the other. */
export function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(cell(i - 1, j) + 1, (row[j - 1] ?? 0) + 1, cell(i - 1, j - 1) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, cell(i - 2, j - 2) + 1)
      row.push(best)
    }
  }
  return cell(a.length, b.length)
}
