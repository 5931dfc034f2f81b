import type { Permission } from '#platform/http/routes.ts'
import type { SearchQuery } from './search-query.ts'

/** The sort key of a hit: newest first, then by id. `when` is RFC 3339 in UTC with microseconds. */
export type HitKey = { when: string; id: string }

/** Something found, as its module tells it. */
export type SourceHit = HitKey & {
  title: string
  /** Plain text in which the words may stand; excerpts are cut from it. The beginning of a long one is enough. */
  text: string
  who: { name: string; email: string } | null
  /** Where it lies, in the words of its module's API. */
  place: { mail_account_id?: string; folder_id?: string }
}

export type SourceAnswer = {
  hits: SourceHit[]
  /** More may match than could be looked at in time. */
  isIncomplete: boolean
}

/** What a module lets be found. Search joins the answers of all of them. */
export type SearchSource = {
  /** `<module>.<noun>`, the type of its hits. */
  readonly type: string
  /** What a person needs to see its hits. */
  readonly permission: Permission
  /** At most `limit` hits of the owner that come after the key, newest first. */
  search(
    ownerId: string,
    request: { query: SearchQuery; after: HitKey | undefined; limit: number },
  ): Promise<SourceAnswer>
}
