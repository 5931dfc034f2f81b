import type { HitKey, RankedHit } from '../search-source.ts'

/** What a source that cannot tell counts as: somewhere in the middle. */
export const middlingRank = 0.15
/** Days after which freshness is halved. */
const halfLifeDays = 60
const dayMs = 86_400_000
/** Scores are whole numbers, so that a cursor holds them exactly. */
const scale = 1_000_000_000

/** How good a hit is at a time, from 0 to a thousand million: by its words, its age, and who made it. */
export function scoreOf({ textRank, importance, when }: RankedHit, asOf: Date): number {
  const text = textRank / (textRank + middlingRank)
  const days = Math.abs(asOf.getTime() - Date.parse(when)) / dayMs
  const freshness = 1 / (1 + days / halfLifeDays)
  return Math.round(scale * (0.65 * text + 0.25 * freshness + 0.1 * importance))
}

export const newestFirst = (a: HitKey, b: HitKey): number =>
  a.when === b.when ? compare(b.id, a.id) : compare(b.when, a.when)

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export type ScoredKey = { score: number; id: string }

export const bestFirst = (a: ScoredKey, b: ScoredKey): number => b.score - a.score || compare(b.id, a.id)
