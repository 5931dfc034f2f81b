import { createEndings, dropped } from './word-endings.ts'

/**
 * The stem of an English word in lower case: what remains of it without its endings. M. F. Porter, An algorithm for
 * suffix stripping, Program 14 (1980), 130–137, with its step numbers.
 */
export function stemEnglish(word: string): string {
  if (word.length < 3) return word
  let stem = step1(word)
  stem = replaced(stem, step2, 0)
  stem = replaced(stem, step3, 0)
  stem = step4(stem)
  return step5(stem)
}

const vowels = new Set([...'aeiou'].map((letter) => letter.charCodeAt(0)))
const y = 'y'.charCodeAt(0)

/** A y behind a consonant is a vowel. */
const isVowelBehind = (code: number, wasVowel: boolean, at: number): boolean =>
  vowels.has(code) || (code === y && at > 0 && !wasVowel)

const isConsonant = (word: string, at: number): boolean => {
  const code = word.charCodeAt(at)
  return !isVowelBehind(code, code === y && at > 0 && !isConsonant(word, at - 1), at)
}

/** How often consonants follow vowels: the m of [C](VC)^m[V]. */
function measure(word: string): number {
  let count = 0
  let wasVowel = false
  for (let at = 0; at < word.length; at++) {
    const isVowel = isVowelBehind(word.charCodeAt(at), wasVowel, at)
    if (wasVowel && !isVowel) count++
    wasVowel = isVowel
  }
  return count
}

const hasVowel = (word: string): boolean => {
  for (let at = 0; at < word.length; at++) if (!isConsonant(word, at)) return true
  return false
}

const endsDouble = (word: string): boolean =>
  word.length > 1 && word.at(-1) === word.at(-2) && isConsonant(word, word.length - 1)

/** Consonant, vowel, consonant other than w, x, y: the e of `hope` is missed there. */
const endsShort = (word: string): boolean => {
  const last = word.length - 1
  if (last < 2 || 'wxy'.includes(word[last] ?? '')) return false
  return isConsonant(word, last) && !isConsonant(word, last - 1) && isConsonant(word, last - 2)
}

function step1(word: string): string {
  let stem = word
  if (stem.endsWith('s')) {
    if (/(ss|i)es$/.test(stem)) stem = stem.slice(0, -2)
    else if (/[^s]s$/.test(stem)) stem = stem.slice(0, -1)
  }
  if (stem.endsWith('eed')) {
    if (measure(stem.slice(0, -3)) > 0) stem = stem.slice(0, -1)
  } else {
    const found = pastOrPresent(stem, 1)
    const rest = found && stem.slice(0, -found[0].length)
    if (rest !== undefined && hasVowel(rest)) stem = mended(rest)
  }
  return stem.endsWith('y') && hasVowel(stem.slice(0, -1)) ? `${stem.slice(0, -1)}i` : stem
}

function mended(stem: string): string {
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`
  if (endsDouble(stem) && !/[lsz]$/.test(stem)) return stem.slice(0, -1)
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem
}

const pastOrPresent = createEndings(dropped('ed', 'ing'))
const step2 = createEndings([
  ...([
    ['ational', 'ate'],
    ['tional', 'tion'],
    ['enci', 'ence'],
    ['anci', 'ance'],
    ['izer', 'ize'],
  ] as const),
  ...([
    ['abli', 'able'],
    ['alli', 'al'],
    ['entli', 'ent'],
    ['eli', 'e'],
    ['ousli', 'ous'],
  ] as const),
  ...([
    ['ization', 'ize'],
    ['ation', 'ate'],
    ['ator', 'ate'],
    ['alism', 'al'],
    ['iveness', 'ive'],
  ] as const),
  ...([
    ['fulness', 'ful'],
    ['ousness', 'ous'],
    ['aliti', 'al'],
    ['iviti', 'ive'],
    ['biliti', 'ble'],
  ] as const),
])
const step3 = createEndings([
  ...([
    ['icate', 'ic'],
    ['ative', ''],
    ['alize', 'al'],
    ['iciti', 'ic'],
  ] as const),
  ...([
    ['ical', 'ic'],
    ['ful', ''],
    ['ness', ''],
  ] as const),
])
const step4Endings = createEndings(
  dropped(
    ...['ement', 'ance', 'ence', 'able', 'ible', 'ment', 'ant', 'ent', 'ism', 'ate'],
    ...['iti', 'ous', 'ive', 'ize', 'al', 'er', 'ic', 'ou'],
  ),
)
const ionEndings = createEndings(dropped('ion'))

function replaced(word: string, endings: ReturnType<typeof createEndings>, minMeasure: number): string {
  const found = endings(word)
  if (!found) return word
  const rest = word.slice(0, -found[0].length)
  return measure(rest) > minMeasure ? rest + found[1] : word
}

function step4(word: string): string {
  const found = step4Endings(word, 1) ?? ionEndings(word)
  if (!found) return word
  const rest = word.slice(0, -found[0].length)
  if (found[0] === 'ion' && !/[st]$/.test(rest)) return word
  return measure(rest) > 1 ? rest : word
}

function step5(word: string): string {
  let stem = word
  if (stem.endsWith('e')) {
    const rest = stem.slice(0, -1)
    if (measure(rest) > 1 || (measure(rest) === 1 && !endsShort(rest))) stem = rest
  }
  return stem.endsWith('ll') && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem
}
