import { isAllowed } from '#platform/auth/permissions.ts'
import { AppError } from '#platform/errors.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Logger } from '#platform/observability/log.ts'
import { type Excerpt, excerptOf } from './excerpt.ts'
import { parseSearchQuery, type SearchQuery } from './search-query.ts'
import type { HitKey, SearchSource, SourceAnswer, SourceHit } from './search-source.ts'

export type FoundItem = { type: string; hit: SourceHit; excerpt: Excerpt }
type Incomplete = { type: string; reason: 'timeout' | 'unavailable' }
export type SearchAnswer = { items: FoundItem[]; incomplete: Incomplete[]; next_cursor: string | null }

export type Search = ReturnType<typeof createSearch>

/** One query over all sources, newest first. */
export function createSearch({ sources, log }: { sources: readonly SearchSource[]; log: Logger }) {
  async function ask(source: SearchSource, ownerId: string, request: Parameters<SearchSource['search']>[1]) {
    try {
      return { source, answer: await source.search(ownerId, request) }
    } catch (error) {
      if (error instanceof AppError && error.kind === 'invalid') throw error
      log.error({ source: source.type, err: error }, 'a search source failed')
      return { source, answer: undefined }
    }
  }

  return {
    /**
     * What somebody with these permissions may see of it. A source that fails or runs out of time is named in
     * `incomplete`, the others answer.
     * @throws AppError `invalid_request_body` for an empty query or a foreign cursor.
     */
    async find(
      person: { ownerId: string; permissions: ReadonlySet<string> },
      request: { q: string; cursor: string | undefined; limit: number },
    ): Promise<SearchAnswer> {
      if (request.q.trim() === '') throw emptyQuery()
      const after = request.cursor === undefined ? undefined : readCursor(request.cursor)
      const query = parseSearchQuery(request.q)
      if (query.terms.length === 0) return { items: [], incomplete: [], next_cursor: null }
      const answers = await Promise.all(
        sources
          .filter((source) => isAllowed(person.permissions, source.permission))
          .map((source) => ask(source, person.ownerId, { query, after, limit: request.limit + 1 })),
      )
      return joined(answers, query, request.limit)
    },
  }
}

type SourcedAnswer = { source: SearchSource; answer: SourceAnswer | undefined }

function joined(answers: readonly SourcedAnswer[], query: SearchQuery, limit: number): SearchAnswer {
  const found = answers
    .flatMap(({ source, answer }) => (answer?.hits ?? []).map((hit) => ({ type: source.type, hit })))
    .sort((a, b) => newestFirst(a.hit, b.hit))
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(({ type, hit }) => ({ type, hit, excerpt: excerptOf(hit.text, query) })),
    incomplete: answers.flatMap(({ source, answer }): Incomplete[] => {
      if (!answer) return [{ type: source.type, reason: 'unavailable' }]
      return answer.isIncomplete ? [{ type: source.type, reason: 'timeout' }] : []
    }),
    next_cursor: last && found.length > limit ? encodeCursor([last.hit.when, last.hit.id]) : null,
  }
}

const newestFirst = (a: HitKey, b: HitKey) => (a.when === b.when ? compare(b.id, a.id) : compare(b.when, a.when))
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function readCursor(cursor: string): HitKey {
  const [when, id] = decodeCursor(cursor, ['time', 'uuid'])
  return { when, id }
}

const emptyQuery = () =>
  new AppError('invalid', 'invalid_request_body', 'Say what to search for: q is empty.', {
    details: [{ path: 'querystring.q', message: 'must hold at least one word' }],
  })
