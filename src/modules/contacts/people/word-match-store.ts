import { type RawBuilder, sql } from 'kysely'
import { beginning } from '../contact/contact-list-store.ts'

/** How words are matched: as beginnings, or as what looks like them. */
export type Match = { words: readonly string[]; isLoose: boolean }
/** Whose rows of which table are meant, and what names a row among them. */
type Place = { table: string; key: string; ownerId: string }

/** Longer ones tell with their first letters which are mistyped. */
const mostSwaps = 40

/** Rows whose column `search` has each of the words. */
export const matches = ({ words, isLoose }: Match, place: Place): RawBuilder<boolean> =>
  sql.join(
    words.map((word) => (isLoose && word.length >= 4 ? loosely(word, place) : sql`search like ${beginning(word)}`)),
    sql` and `,
  )

/** Words that many rows may have: those that are likely are walked to, not all of them looked up. */
export const isShort = ({ words }: Match): boolean => words.every(({ length }) => length < 4)

/**
 * A letter changed, added or left out by trigrams of whole words; two letters that were swapped by trying each pair, and
 * in short words, of which trigrams say little, each letter that may be wrong. Each way looks up its own rows in the
 * index: of those that the other found, none is compared by what is dear.
 */
function loosely(word: string, { table, key, ownerId }: Place) {
  const rows = sql`select ${sql.ref(key)} from ${sql.table(table)} where owner_id = ${ownerId}`
  // The first letter is right, or swapped with the second.
  const initial = beginning([...word][0] ?? '')
  const spellings = [...swapped(word), ...(word.length < 6 ? misspelt(word) : [])]
  return sql`${sql.ref(key)} in (
    ${rows} and search like ${initial} and ${word} <<% search
    union all ${rows} and search ~ ${` (${spellings.join('|')})`})`
}

const swapped = (word: string): string[] => {
  const letters = [...word].map(literal)
  return letters.slice(1, mostSwaps).map((letter, at) =>
    letters
      .with(at, letter)
      .with(at + 1, letters[at] ?? '')
      .join(''),
  )
}

/** The first letter is seldom wrong. A pattern without three letters in a row, or two at its start, would fit too much. */
const misspelt = (word: string): string[] => {
  const letters = [...word].map(literal)
  const from = letters.length > 4 ? 1 : 2
  return letters.slice(from).map((_, at) => letters.with(at + from, '.').join(''))
}

/** In a regular expression of PostgreSQL, where a letter or digit behind a backslash would mean something. */
const literal = (letter: string): string => (/[\p{L}\p{N}]/u.test(letter) ? letter : `\\${letter}`)
