import { type RawBuilder, sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { similarWords } from '#platform/words/similar-words-store.ts'
import type { HitKey, SourceRequest, Who } from '../search-source.ts'
import { documentCondition } from './condition-store.ts'
import type { SearchScope } from './grant-store.ts'

export type FoundDocument = {
  hit_id: string
  type: string
  id: string
  title: string
  text: string
  happened_at: string
  who_name: string
  who_email: string
  link: string
  place: Record<string, string>
}
export type RankedDocument = { hit_id: string; type: string; happened_at: string; rank: number; is_starred: boolean }
export type TitledDocument = { title: string; type: string; people: Who[] }
export type CountedDocument = { type: string; year: number; who_name: string; who_email: string }

/** Characters in which excerpts are looked for. */
const excerptedLength = 8000

const time = sql`to_char(happened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** One's own documents, and of each scope what it opens: newest first, by one index scan for each owner. */
export const documentSearchStore = {
  async find(db: Queryable, request: SourceRequest, scopes: readonly SearchScope[]): Promise<FoundDocument[]> {
    const { rows } = await sql<FoundDocument>`
      select ${shown} from (${matching(request, scopes)}) as found
      order by found.happened_at desc, hit_id desc limit ${request.limit}`.execute(db)
    return rows
  },

  async rank(
    db: Queryable,
    request: SourceRequest,
    scopes: readonly SearchScope[],
    query: string,
  ): Promise<RankedDocument[]> {
    const { rows } = await sql<RankedDocument>`
      select hit_id, type, ${time} as happened_at, is_starred,
        ts_rank('{0.05, 0.2, 0.6, 1}', words, ${query}::tsquery, 1)::float8 as rank
      from (${matching(request, scopes)}) as found
      order by found.happened_at desc, hit_id desc limit ${request.limit}`.execute(db)
    return rows
  },

  async count(db: Queryable, request: SourceRequest, scopes: readonly SearchScope[]): Promise<CountedDocument[]> {
    const { rows } = await sql<CountedDocument>`
      select type, extract(year from happened_at at time zone 'UTC')::int as year, who_name, who_email
      from (${matching(request, scopes)}) as found limit ${request.limit}`.execute(db)
    return rows
  },

  /** The newest with such a word in their title or people. */
  async titled(db: Queryable, request: SourceRequest, query: string): Promise<TitledDocument[]> {
    const { rows } = await sql<TitledDocument>`
      select title, type, people from search_document
      where owner_id = ${request.ownerId} and type = any(${request.types}::text[]) and words @@ ${query}::tsquery
      order by happened_at desc, hit_id desc limit ${request.limit}`.execute(db)
    return rows
  },

  /** Words of the owner's newest titles and people that look like these. */
  similarWords: (db: Queryable, ownerId: string, wanted: readonly string[]): Promise<string[]> =>
    similarWords(
      db,
      sql`select words from search_document where owner_id = ${ownerId} order by happened_at desc limit 2000`,
      wanted,
    ),

  /** Of these hits, whoever's they are: those that may still be seen. */
  async present(
    db: Queryable,
    request: SourceRequest,
    scopes: readonly SearchScope[],
    ids: readonly string[],
  ): Promise<FoundDocument[]> {
    const among = sql`document.hit_id = any(${ids}::uuid[])`
    const places = inScopes(request, scopes).map(
      (scope) => sql`select * from search_document as document where ${scope} and ${among}`,
    )
    const { rows } = await sql<FoundDocument>`
      select ${shown} from (${sql.join(places, sql` union all `)}) as found`.execute(db)
    return rows
  },
}

const shown = sql`hit_id, type, id, title, ${time} as happened_at, who_name, who_email, link, place,
  left(concat_ws(E'\n', nullif(body, ''), content_text), ${excerptedLength}) as text`

const inScopes = ({ ownerId, types }: SourceRequest, scopes: readonly SearchScope[]): RawBuilder<unknown>[] => [
  sql`document.owner_id = ${ownerId} and document.type = any(${types}::text[])`,
  ...scopes.map(
    ({ owner_id, type, container_ids }) => sql`document.owner_id = ${owner_id} and document.type = ${type}
      and document.container_ids && ${container_ids}::text[]`,
  ),
]

function matching(request: SourceRequest, scopes: readonly SearchScope[]): RawBuilder<unknown> {
  const { query, after, limit } = request
  const each = inScopes(request, scopes).map(
    (scope) => sql`(
      select * from search_document as document
      where ${scope} and ${documentCondition(query.root)} and ${isAfter(after)}
      order by happened_at desc, hit_id desc
      limit ${limit}
    )`,
  )
  return sql.join(each, sql` union all `)
}

const isAfter = (key: HitKey | undefined) =>
  key ? sql`(happened_at, hit_id) < (${key.when}::timestamptz, ${key.id}::uuid)` : sql`true`
