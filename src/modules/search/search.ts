import { AppError } from '#platform/errors.ts'
import type { Logger } from '#platform/observability/log.ts'
import { createAsking, type Incomplete, type Person } from './finding/asking.ts'
import { findByDate, type HitPage, type Wanted } from './finding/by-date.ts'
import { findByRelevance } from './finding/by-relevance.ts'
import { createCorrections } from './finding/corrections.ts'
import { type Excerpt, excerptOf, type Highlights, highlightsOf } from './finding/excerpt.ts'
import { type Facets, facetsOf } from './finding/facets.ts'
import type { ReaderTime } from './query/operator-values.ts'
import { asksForTimes } from './query/operators.ts'
import type { QueryProblem, SearchNode } from './query/search-node.ts'
import { parseSearchQuery } from './query/search-query.ts'
import type { CountedHit, SearchSource, SourceHit } from './search-source.ts'

export type FoundItem = { hit: SourceHit; excerpt: Excerpt; titleHighlights: Highlights }
export type SearchRequest = {
  q: string
  types?: readonly string[] | undefined
  sort?: 'relevance' | 'date'
  cursor: string | undefined
  limit: number
  hasFacets?: boolean
}
export type SearchAnswer = {
  items: FoundItem[]
  incomplete: Incomplete[]
  next_cursor: string | null
  problems: QueryProblem[]
  did_you_mean: string | null
  facets: Facets | null
}
export type Search = ReturnType<typeof createSearch>

/** Hits that are counted for facets, of each source. */
const countedSize = 500

/** One query over all sources. */
export function createSearch(deps: {
  sources: readonly SearchSource[]
  log: Logger
  now?: () => Date
  /** The time zone of a person; undefined while they have named none. */
  zoneOf?: (ownerId: string) => Promise<string | undefined>
}) {
  const { now = () => new Date(), zoneOf = async () => undefined } = deps
  const asking = createAsking(deps)
  const corrections = createCorrections(deps)

  const pageOf = (person: Person, wanted: Wanted, sort: SearchRequest['sort']): Promise<HitPage> =>
    sort === 'relevance' ? findByRelevance(asking, person, wanted, now()) : findByDate(asking, person, wanted)

  async function readerTime({ ownerId }: Person, typed: string): Promise<ReaderTime> {
    const zone = asksForTimes(typed) ? await zoneOf(ownerId) : undefined
    return Temporal.Instant.fromEpochMilliseconds(now().getTime()).toZonedDateTimeISO(zone ?? 'UTC')
  }

  async function facets(person: Person, wanted: Pick<Wanted, 'root' | 'types'>): Promise<Facets> {
    const asked = asking.askedBy(person, { ...wanted, after: undefined, limit: countedSize })
    const { answers } = await asking.all(asked, async ({ source, request }) => ({
      hits: source.count
        ? await source.count(request)
        : (await source.search({ ...request, limit: 100 })).hits.map(countable),
    }))
    const isCapped = answers.some((answer) => (answer?.hits.length ?? 0) >= countedSize)
    return facetsOf(
      answers.flatMap((answer) => answer?.hits ?? []),
      isCapped,
    )
  }

  return {
    /**
     * What somebody with these permissions may see of it. A source that fails or runs out of time is named in
     * `incomplete`, the others answer. Where nothing matches, words that look like those that were typed are looked for:
     * `did_you_mean` is the query whose hits these are.
     * @throws AppError `invalid_request_body` for an empty query or a foreign cursor.
     */
    async find(person: Person, request: SearchRequest): Promise<SearchAnswer> {
      if (request.q.trim() === '') throw emptyQuery()
      const here = await readerTime(person, request.q)
      const { root, problems } = parseSearchQuery(request.q, here)
      const { cursor, limit, types, sort } = request
      if (!root) return { ...nothing, problems }
      const isFirst = cursor === undefined
      const [page, counted] = await Promise.all([
        pageOf(person, { root, types, cursor, limit }, sort),
        isFirst && request.hasFacets ? facets(person, { root, types }) : null,
      ])
      const { hits, ...rest } = page
      if (hits.length > 0 || !isFirst) {
        return { ...rest, items: shown(hits, root), problems, did_you_mean: null, facets: counted }
      }
      const corrected = await corrections.of(person, request.q, root)
      if (corrected === undefined) return { ...rest, items: [], problems, did_you_mean: null, facets: counted }
      const other = parseSearchQuery(corrected, here).root ?? root
      const found = await pageOf(person, { root: other, types, cursor, limit }, sort)
      const isBetter = found.hits.length > 0
      return {
        ...{ items: shown(found.hits, other), incomplete: found.incomplete, next_cursor: null, problems },
        did_you_mean: isBetter ? corrected : null,
        facets: counted && isBetter ? await facets(person, { root: other, types }) : counted,
      }
    },
  }
}

const shown = (hits: readonly SourceHit[], root: SearchNode): FoundItem[] =>
  hits.map((hit) => ({
    hit,
    excerpt: excerptOf(hit.text, root),
    titleHighlights: highlightsOf(hit.title, root),
  }))

const countable = ({ type, when, who }: SourceHit): CountedHit => ({ type, who, year: Number(when.slice(0, 4)) })

const nothing = { items: [], incomplete: [], next_cursor: null, did_you_mean: null, facets: null }

const emptyQuery = () =>
  new AppError('invalid', 'invalid_request_body', 'Say what to search for: q is empty.', {
    details: [{ path: 'querystring.q', message: 'must hold at least one word' }],
  })
