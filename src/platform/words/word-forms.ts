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
const nine = '9'.charCodeAt(0)

/**
 * Remembers words by the hash that the table has of them, without making a string of any that is known: looking words up
 * by strings would take longer than finding them in a text. What is remembered are strings, an eighth of what as many
 * buffers take. Two words share two places, so that a rare one does not drive out one that comes in every text.
 */
export function createWordForms() {
  const known = new Array<WordForms | undefined>(size)

  return function formsOf(letters: Buffer, start: number, end: number, hash: number): WordForms {
    // Digits sort before letters: nothing that begins with one has forms, and few numbers come twice.
    if ((letters[start] as number) <= nine) return formless
    const lately = (hash ^ (hash >>> 15)) & (size - 2)
    const found = known[lately]
    if (found && found.hash === hash && isSame(found.letters, letters, start, end)) return found
    const other = known[lately + 1]
    known[lately + 1] = found
    const isOther = other && other.hash === hash && isSame(other.letters, letters, start, end)
    const forms = isOther ? other : makeForms(letters.toString('latin1', start, end), hash)
    known[lately] = forms
    return forms
  }
}

const formless: WordForms = { letters: '', hash: 0, en: undefined, fr: undefined, languages: [] }

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
