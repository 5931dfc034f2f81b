import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Database, Transact } from '#platform/database/database.ts'
import type { Logger } from '#platform/observability/log.ts'
import type { ContentSource } from './contents/content-source.ts'
import { createContents } from './contents/contents.ts'
import { createDocumentSource } from './documents/document-source.ts'
import { createRecentQueries } from './memory/recent-queries.ts'
import { recentQueryRoutes } from './memory/recent-query-routes.ts'
import { savedSearchRoutes } from './memory/saved-search-routes.ts'
import { createSavedSearches } from './memory/saved-searches.ts'
import { readerStore } from './reader-store.ts'
import { createSearch } from './search.ts'
import { searchRoutes } from './search-routes.ts'
import type { SearchSource } from './search-source.ts'
import { suggestionRoutes } from './suggestions/suggestion-routes.ts'
import { createSuggestions } from './suggestions/suggestions.ts'

export type { ContentSource } from './contents/content-source.ts'
export { documentReindex } from './documents/document-reindex-store.ts'
export type { SearchDocument } from './documents/search-document.ts'
export { createSearchIndex, type SearchIndex } from './documents/search-index.ts'
export type { SearchLeaf, SearchNode } from './query/search-node.ts'
export { createReindexing, type Reindexable } from './reindexing/reindexing.ts'
export type { Search } from './search.ts'
export type { HitKey, SearchSource, SourceHit, SourceRequest } from './search-source.ts'

/** Search over its own index and what modules find themselves. Its routes are to be registered at the root of the API. */
export function createSearchModule(deps: {
  database: Database
  transact: Transact
  sources: readonly SearchSource[]
  contents: readonly ContentSource[]
  log: Logger
}) {
  const sources = [...deps.sources, createDocumentSource(deps)]
  const contents = createContents({ ...deps, sources: deps.contents })
  const search = createSearch({ ...deps, sources, zoneOf: (ownerId) => readerStore.zoneOf(deps.database, ownerId) })
  const recent = createRecentQueries(deps)
  const routes: FastifyPluginAsyncTypebox = async (http) => {
    await http.register(searchRoutes(search))
    await http.register(suggestionRoutes(createSuggestions({ ...deps, sources, recent })))
    await http.register(savedSearchRoutes(createSavedSearches(deps)))
    await http.register(recentQueryRoutes(recent))
  }
  return {
    routes,
    find: search.find,
    jobs: contents.jobs,
    sweeps: contents.sweeps,
    close: contents.close,
  }
}
