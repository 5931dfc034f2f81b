import type { Permission } from '#platform/http/routes.ts'
import type { SearchNode, WordNode } from './query/search-node.ts'

/** The sort key of a hit: newest first, then by id. `when` is RFC 3339 in UTC with microseconds, `id` a UUID. */
export type HitKey = { when: string; id: string }
export type Who = { name: string; email: string }

/** Something found, as its module tells it. */
export type SourceHit = HitKey & {
  type: string
  /** Of the resource in its module's API, where that is not the id by which it is sorted. */
  resourceId?: string
  title: string
  /** Plain text in which the words may stand; excerpts are cut from it. The beginning of a long one is enough. */
  text: string
  who: Who | null
  /** The path of the resource in the API. */
  link: string
  /** Where it lies, in the words of its module's API. */
  place: Readonly<Record<string, string>>
}

export type SourceRequest = {
  ownerId: string
  /** What to find: a leaf that makes no sense for a type is false for it. `words` are those by which hits are ranked. */
  query: { root: SearchNode; words: WordNode }
  /** Of the source's own types those that are wanted and allowed. */
  types: readonly string[]
  /** Hits after this key only. */
  after: HitKey | undefined
  limit: number
  /** Aborted when nobody waits any more. */
  signal: AbortSignal
}

export type SourceAnswer = {
  /** Newest first. */
  hits: SourceHit[]
  /** More may match than could be looked at in time. */
  isIncomplete: boolean
}

/** How good a hit is: `textRank` as ts_rank tells it, `importance` of who made it from 0 to 1. */
export type RankedHit = HitKey & { type: string; textRank: number; importance: number }
export type CompletedTitle = { title: string; who: Who | null }
export type CountedHit = { type: string; year: number; who: Who | null }

/** What a module lets be found by asking it, the photos for one. What can be indexed goes by `SearchIndex` instead. */
export type SearchSource = {
  /** The types of its hits, `<module>.<noun>`, each with what a person needs to see them. */
  readonly types: readonly { type: string; permission: Permission }[]
  /** At most `limit` hits of the owner that come after the key, newest first. */
  search(request: SourceRequest): Promise<SourceAnswer>
  /** The same by keys, with how good they are. A source without it is asked for few hits, which count as middling. */
  rank?(request: SourceRequest): Promise<{ hits: RankedHit[]; isIncomplete: boolean }>
  /** What is shown of those that `rank` answered; those that are gone by now are left out. */
  present?(request: SourceRequest, ids: readonly string[]): Promise<SourceHit[]>
  /** The newest hits, to be counted. */
  count?(request: SourceRequest): Promise<CountedHit[]>
  /** Titles and people of new things with a word that begins like this, in lower case without accents; quickly. */
  complete?(request: SourceRequest, beginning: string): Promise<CompletedTitle[]>
  /** Words of the owner's newest things that look like these. */
  similarWords?(ownerId: string, words: readonly string[]): Promise<string[]>
}
