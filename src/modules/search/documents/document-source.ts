import type { Database, Transact } from '#platform/database/database.ts'
import { withinTime } from '#platform/database/within-time.ts'
import { wordQuery } from '#platform/words/word-query.ts'
import type { SearchSource, SourceHit, SourceRequest, Who } from '../search-source.ts'
import { documentSearchStore, type FoundDocument } from './document-search-store.ts'
import { grantStore } from './grant-store.ts'

/** What modules put into the search index. */
export const documentTypes = ['drive.file', 'drive.folder', 'calendar.event', 'contacts.contact'] as const

/** Longer than any look-up of words takes. */
const timeoutMs = 1500
const completionTimeoutMs = 100

/** Lets documents be found: one's own, and what others share. */
export function createDocumentSource({ database, transact }: { database: Database; transact: Transact }): SearchSource {
  const scopesOf = ({ ownerId, types }: SourceRequest) => grantStore.scopesOf(database, ownerId, types)
  return {
    types: documentTypes.map((type) => ({ type, permission: `${type.slice(0, type.indexOf('.'))}:read` as const })),
    async search(request) {
      const scopes = await scopesOf(request)
      const found = await withinTime(transact, timeoutMs, (tx) => documentSearchStore.find(tx, request, scopes))
      return { hits: (found ?? []).map(hitOf), isIncomplete: found === undefined }
    },
    async rank(request) {
      const query = wordQuery(request.query.words)
      const scopes = await scopesOf(request)
      const rows = await withinTime(transact, timeoutMs, (tx) => documentSearchStore.rank(tx, request, scopes, query))
      const hits = (rows ?? []).map((row) => ({
        ...{ id: row.hit_id, when: row.happened_at, type: row.type, textRank: row.rank },
        importance: row.is_starred ? 1 : 0.5,
      }))
      return { hits, isIncomplete: rows === undefined }
    },
    async present(request, ids) {
      return (await documentSearchStore.present(database, request, await scopesOf(request), ids)).map(hitOf)
    },
    async complete(request, beginning) {
      const words = { kind: 'words' as const, text: beginning, isPhrase: true, isPrefix: true }
      const query = wordQuery(words)
      const rows = await withinTime(transact, completionTimeoutMs, (tx) =>
        documentSearchStore.titled(tx, request, query),
      )
      return (rows ?? []).flatMap(({ title, people }) => [
        { title, who: null },
        ...people.slice(0, 10).map(({ name, email }) => ({ title, who: { name, email } })),
      ])
    },
    similarWords: (ownerId, words) => documentSearchStore.similarWords(database, ownerId, words),
    async count(request) {
      const scopes = await scopesOf(request)
      const rows = await withinTime(transact, timeoutMs, (tx) => documentSearchStore.count(tx, request, scopes))
      return (rows ?? []).map((row) => ({ type: row.type, year: row.year, who: whoOf(row) }))
    },
  }
}

const whoOf = ({ who_name: name, who_email: email }: { who_name: string; who_email: string }): Who | null =>
  name || email ? { name, email } : null

const hitOf = (document: FoundDocument): SourceHit => ({
  type: document.type,
  id: document.hit_id,
  resourceId: document.id,
  when: document.happened_at,
  title: document.title,
  text: document.text,
  who: whoOf(document),
  link: document.link,
  place: document.place,
})
