import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { SearchNode } from '../query/search-node.ts'
import type { SourceHit } from '../search-source.ts'
import type { Asking, Incomplete, Person } from './asking.ts'
import { newestFirst } from './ranking.ts'

export type Wanted = {
  root: SearchNode
  types: readonly string[] | undefined
  cursor: string | undefined
  limit: number
}
export type HitPage = { hits: SourceHit[]; incomplete: Incomplete[]; next_cursor: string | null }

/** Hits of all sources, newest first. */
export async function findByDate(asking: Asking, person: Person, wanted: Wanted): Promise<HitPage> {
  const { cursor, limit } = wanted
  const [when, id] = cursor === undefined ? [] : decodeCursor(cursor, ['time', 'uuid'])
  const after = when === undefined || id === undefined ? undefined : { when, id }
  const asked = asking.askedBy(person, { ...wanted, after, limit: limit + 1 })
  const { answers, incomplete } = await asking.all(asked, ({ source, request }) => source.search(request))
  const found = answers.flatMap((answer) => answer?.hits ?? []).sort(newestFirst)
  const hits = found.slice(0, limit)
  const last = hits.at(-1)
  return { hits, incomplete, next_cursor: last && found.length > limit ? encodeCursor([last.when, last.id]) : null }
}
