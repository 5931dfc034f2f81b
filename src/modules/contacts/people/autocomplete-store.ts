import { sql } from 'kysely'
import type { Queryable } from '#platform/database/database.ts'
import { beginning } from '../contact/contact-list-store.ts'
import { installation } from './directory-store.ts'

export type FoundContact = {
  id: string
  full_name: string
  emails: string[]
  score: number
  /** How often and how lately each of the addresses was written to. */
  scores: Readonly<Record<string, number>>
  book: string
  object: string
  has_photo: boolean
  kind: string
}
export type FoundAddress = { email: string; name: string; score: number }

/** How words are matched: as beginnings, or as what looks like them. */
export type Match = { words: readonly string[]; isLoose: boolean }

const matches = ({ words, isLoose }: Match) =>
  sql.join(
    words.map((word) => (isLoose ? loosely(word) : sql`search like ${beginning(word)}`)),
    sql` and `,
  )

/**
 * A letter changed, added or left out by trigrams of whole words; two letters that were swapped by trying each pair, and
 * in short words, of which trigrams say little, each letter that may be wrong.
 */
function loosely(word: string) {
  if (word.length < 4) return sql`search like ${beginning(word)}`
  const patterns = [...swapped(word).map(beginning), ...(word.length < 6 ? misspelt(word) : [])]
  // The first letter is right, or swapped with the second: few rows are left for what is dear to compare.
  const initial = beginning([...word][0] ?? '')
  return sql`((search like ${initial} and ${word} <<% search) or search like any (${patterns}::text[]))`
}

const swapped = (word: string): string[] => {
  const letters = [...word]
  return letters.slice(1).map((letter, at) =>
    letters
      .with(at, letter)
      .with(at + 1, letters[at] ?? '')
      .join(''),
  )
}

/** The first letter is seldom wrong. A pattern without three letters in a row, or two at its start, would fit too much. */
const misspelt = (word: string): string[] => {
  const letters = [...word].map((letter) => beginning(letter).slice(2, -1))
  const from = letters.length > 4 ? 1 : 2
  return letters.slice(from).map((_, at) => `% ${letters.with(at + from, '_').join('')}%`)
}

async function contactsWhere(
  db: Queryable,
  ownerId: string,
  { match, limit, isScored }: { match: Match; limit: number; isScored: boolean },
): Promise<FoundContact[]> {
  const { rows } = await sql<FoundContact>`
    select found.*, book.name as book,
      coalesce((
        select jsonb_object_agg(email, written.score) from contact_correspondent as written
        where written.owner_id = ${ownerId} and written.email = any(found.emails)
      ), '{}') as scores
    from (
      select id, book_id, full_name, emails, score, object, has_photo, kind from contact
      where owner_id = ${ownerId} and ${matches(match)} and cardinality(emails) > 0
        and ${isScored ? sql`score > 0` : sql`true`}
      order by score desc, full_name, id limit ${limit}
    ) as found
    join contact_book as book on book.owner_id = ${ownerId} and book.id = found.book_id
    order by found.score desc, found.full_name, found.id`.execute(db)
  return rows
}

export const autocompleteStore = {
  /** By score; first among those that were ever written to, which is enough where there are many. */
  async contacts(db: Queryable, ownerId: string, match: Match, limit: number): Promise<FoundContact[]> {
    const isShort = match.words.every(({ length }) => length < 3)
    const known = isShort ? await contactsWhere(db, ownerId, { match, limit, isScored: true }) : []
    return known.length >= limit ? known : contactsWhere(db, ownerId, { match, limit, isScored: false })
  },

  /** The likeliest first. Few fit a longer word: they are looked up by it, not walked to in the order of their scores. */
  async correspondents(db: Queryable, ownerId: string, match: Match, limit: number): Promise<FoundAddress[]> {
    const isShort = match.words.every(({ length }) => length < 3)
    const { rows } = await sql<FoundAddress>`
      with found as ${isShort ? sql`not materialized` : sql`materialized`} (
        select email, name, score from contact_correspondent
        where owner_id = ${ownerId} and ${matches(match)} and not is_dismissed
      )
      select email, name, score from found order by score desc, email limit ${limit}`.execute(db)
    return rows
  },

  /** Of those who are in one of the groups; undefined stands for everybody. */
  async directory(
    db: Queryable,
    match: Match,
    { groups, limit }: { groups: readonly string[] | undefined; limit: number },
  ): Promise<FoundAddress[]> {
    const { rows } = await sql<FoundAddress>`
      select email, name, 0::double precision as score from contact_directory_person
      where owner_id = ${installation} and ${matches(match)}
        and ${groups === undefined ? sql`true` : sql`groups && ${[...groups]}::text[]`}
      order by name, email limit ${limit}`.execute(db)
    return rows
  },
}
