import { storedStem } from './stems.ts'
import { functionWordOf, type TextLanguage } from './text-language.ts'

/** What is known of a word: its stems as they are stored, by their language, and the languages that it gives away. */
export type WordForms = {
  readonly letters: string
  readonly hash: number
  readonly en: string | undefined
  readonly fr: string | undefined
  readonly languages: readonly TextLanguage[]
}

/** A power of two. Few words make up most of what people write; all of these together take five megabytes a thread. */
const size = 1 << 15

/**
 * Remembers words by the hash that the table has of them, without making a string of any that is known: looking words up
 * by strings would take longer than finding them in a text. What is remembered are strings, an eighth of what as many
 * buffers take.
 */
export function createWordForms() {
  const known = new Array<WordForms | undefined>(size)

  return function formsOf(letters: Buffer, start: number, end: number, hash: number): WordForms {
    const slot = (hash ^ (hash >>> 15)) & (size - 1)
    const found = known[slot]
    if (found && found.hash === hash && isSame(found.letters, letters, start, end)) return found
    const made = makeForms(letters.toString('latin1', start, end), hash)
    known[slot] = made
    return made
  }
}

function isSame(word: string, letters: Buffer, start: number, end: number): boolean {
  if (word.length !== end - start) return false
  for (let at = 0; at < word.length; at++) if (word.charCodeAt(at) !== letters[start + at]) return false
  return true
}

const makeForms = (letters: string, hash: number): WordForms => ({
  letters,
  hash,
  en: storedStem(letters, 'en'),
  fr: storedStem(letters, 'fr'),
  languages: functionWordOf(letters),
})
