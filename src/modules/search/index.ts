import type { Logger } from '#platform/observability/log.ts'
import { createSearch } from './search.ts'
import { searchRoutes } from './search-routes.ts'
import type { SearchSource } from './search-source.ts'

export type { SearchQuery, SearchTerm } from './search-query.ts'
export type { HitKey, SearchSource, SourceHit } from './search-source.ts'

/** Search over what the modules provide. Its route is `/search`, to be registered at the root of the API. */
export function createSearchModule(deps: { sources: readonly SearchSource[]; log: Logger }) {
  return { routes: searchRoutes(createSearch(deps)) }
}
