import { type RawBuilder, sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'

/** Words that each wanted one is compared with, the most similar first. */
const maxSimilar = 10

/**
 * Of the words in the rows of `source`, which has a column `words` (tsvector), those that look like any of `wanted`, by the
 * trigrams that they share. Only titles and people are read; `source` should be bounded.
 */
export async function similarWords(
  db: Queryable,
  source: RawBuilder<unknown>,
  wanted: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ word: string }>`
    with vocabulary as materialized (
      select distinct lexeme as word from (${source}) as source
      cross join lateral unnest(ts_filter(source.words, '{a,b}'))
    )
    select distinct near.word from unnest(${wanted}::text[]) as wanted (word)
    cross join lateral (
      select word from vocabulary
      where similarity(vocabulary.word, wanted.word) > 0.2 and abs(length(vocabulary.word) - length(wanted.word)) <= 2
      order by similarity(vocabulary.word, wanted.word) desc
      limit ${maxSimilar}
    ) as near`.execute(db)
  return rows.map(({ word }) => word)
}
