import { remembered } from '../remembered.ts'
import { stemEnglish } from './english-stem.ts'
import { stemFrench } from './french-stem.ts'

/** Languages whose words are found in all their forms. */
export type StemmedLanguage = 'en' | 'fr'

/** Before a stem, so that it is not taken for the word that looks like it. No word holds this. */
export const stemMark = '='

const stemmers = { en: stemEnglish, fr: stemFrench }
/** Few words make up most of what people write. */
const maxRemembered = 40_000
const rememberedStemmers = [remembered(maxRemembered, stemEnglish), remembered(maxRemembered, stemFrench)]

/** What a stored word is found by beside itself, in texts of a language; undefined when that is nothing. */
export function storedStem(word: string, language: StemmedLanguage): string | undefined {
  if (!isStemmed(word)) return undefined
  const stem = stemmers[language](word)
  return stem === word ? undefined : stemMark + stem
}

/**
 * What is looked for beside a word itself: its stems, as they are stored and as words of their own, by all languages; who
 * types a word does not say in which.
 */
export function stemsOf(word: string): string[] {
  if (!isStemmed(word)) return []
  const stems = new Set([stemmers.en(word), stemmers.fr(word)])
  return [...stems].flatMap((stem) => (stem === word ? [stemMark + stem] : [stemMark + stem, stem]))
}

/** Whether two words are forms of one. */
export const isSameStem = (one: string, other: string): boolean =>
  isStemmed(one) && isStemmed(other) && rememberedStemmers.some((stem) => stem(one) === stem(other))

/** Numbers, and what is too short or long to be a word, have one form. */
const isStemmed = (word: string): boolean => word.length > 2 && word.length <= 30 && /^[a-z]+$/.test(word)
