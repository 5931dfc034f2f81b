import { storedStem } from './stems.ts'
import { functionWordOf, type TextLanguage } from './text-language.ts'

/** Bits of `languages`. */
export const languageBits: Readonly<Record<TextLanguage, number>> = { en: 1, fr: 2, other: 4 }

/** Of a word: bits of the languages that it gives away, and its stems as `packed`, none when 0. */
export type WordForms = { languages: number; en: number; fr: number }

/** Longer ones have no stems. */
const maxLetters = 30
/** Pairs of places for words. Few words make up most of what people write; these take two megabytes a thread. */
const pairs = 1 << 14
/** Bytes of a place: the letters, how many they are, the languages, both stems. As long as a line of a processor's cache. */
const stride = 64
const [lengthAt, languagesAt, latelyAt] = [maxLetters, maxLetters + 1, 40]
const [enAt, frAt] = [8, 9]
const [letterA, letterZ] = [97, 122]

/**
 * Remembers words and their forms in typed arrays, and looks them up by the hash that the table has of them: a string of
 * each, or an object, would take longer than finding the word in a text. Of two words that share a pair of places the one
 * seen longer ago goes, so that a rare one does not drive out one that comes in every text. The answer is the same object
 * each time.
 */
export function createWordForms() {
  const bytes = new Uint8Array(2 * pairs * stride)
  const integers = new Int32Array(bytes.buffer)
  const forms: WordForms = { languages: 0, en: 0, fr: 0 }

  function isAt(place: number, letters: Uint8Array, start: number, length: number): boolean {
    const first = place * stride
    if (bytes[first + lengthAt] !== length) return false
    for (let at = 0; at < length; at++) if (bytes[first + at] !== letters[start + at]) return false
    return true
  }

  function remember(place: number, letters: Buffer, start: number, length: number): void {
    const first = place * stride
    const word = letters.toString('latin1', start, start + length)
    for (let at = 0; at < length; at++) bytes[first + at] = letters[start + at] as number
    bytes[first + lengthAt] = length
    bytes[first + languagesAt] = functionWordOf(word).reduce((bits, language) => bits | languageBits[language], 0)
    integers[first / 4 + enAt] = packed(word, storedStem(word, 'en'))
    integers[first / 4 + frAt] = packed(word, storedStem(word, 'fr'))
  }

  return function formsOf(letters: Buffer, start: number, end: number, hash: number): WordForms {
    const length = end - start
    forms.languages = forms.en = forms.fr = 0
    if (length > maxLetters) return forms
    // Only words of western letters have forms, and few numbers come twice.
    for (let at = start; at < end; at++) {
      const letter = letters[at] as number
      if (letter < letterA || letter > letterZ) return forms
    }
    const pair = 2 * ((hash ^ (hash >>> 15)) & (pairs - 1))
    const lately = bytes[pair * stride + latelyAt] as number
    let place = pair + lately
    if (!isAt(place, letters, start, length)) {
      place = pair + (1 - lately)
      if (!isAt(place, letters, start, length)) remember(place, letters, start, length)
      bytes[pair * stride + latelyAt] = 1 - lately
    }
    const first = place * stride
    forms.languages = bytes[first + languagesAt] as number
    forms.en = integers[first / 4 + enAt] as number
    forms.fr = integers[first / 4 + frAt] as number
    return forms
  }
}

/** No rule of a language here puts more in the place of an ending. */
const maxEnding = 3

/**
 * A stem as it is made of its word: how many letters of it stay, and the letters behind them, the first in the lower
 * byte; 0 when there is none.
 */
function packed(word: string, stored: string | undefined): number {
  if (stored === undefined) return 0
  const stem = stored.slice(1)
  let kept = 0
  while (kept < stem.length && word[kept] === stem[kept]) kept++
  const ending = stem.slice(kept)
  if (ending.length > maxEnding) return 0
  let value = (kept << 1) | 1
  for (let at = 0; at < ending.length; at++) value |= ending.charCodeAt(at) << (8 * (at + 1))
  return value
}

/** How many letters of the word a packed stem begins with. */
export const keptLetters = (stem: number): number => (stem & 0xff) >>> 1

/** The letters behind those, one a byte, the first in the lowest; 0 when there are none. */
export const stemEnding = (stem: number): number => stem >>> 8
