import { createEndings, dropped } from './word-endings.ts'

/**
 * The stem of a French word in lower case and without accents: plurals, feminines, the endings of verbs and of what is
 * made of them. Light, after J. Savoy, Light Stemming Approaches for the French, Portuguese, German and Hungarian
 * Languages (2006), for words whose accents are gone already.
 */
export function stemFrench(word: string): string {
  if (word.length < 4) return word
  return trimmed(withoutEnding(masculine(singular(word))))
}

function singular(word: string): string {
  if (!/[sx]$/.test(word)) return word
  if (word.endsWith('eaux')) return word.slice(0, -1)
  if (/[^e]aux$/.test(word)) return `${word.slice(0, -3)}al`
  return /[^s]s$|[^s]x$/.test(word) ? word.slice(0, -1) : word
}

const feminines = createEndings([
  ...([
    ['iere', 'ier'],
    ['euse', 'eur'],
    ['trice', 'teur'],
    ['elle', 'el'],
    ['eau', 'el'],
    ['enne', 'en'],
  ] as const),
  ...([
    ['ives', 'if'],
    ['ive', 'if'],
    ['ee', 'e'],
    ['ie', 'i'],
    ['ue', 'u'],
    ['ail', 'al'],
  ] as const),
])

function masculine(word: string): string {
  const found = feminines(word)
  return found ? word.slice(0, -found[0].length) + found[1] : word
}

const endings = createEndings(
  dropped(
    ...['issement', 'issaient', 'atrice', 'eraient', 'issant', 'ateur', 'ation', 'ition', 'aient', 'erait', 'erons'],
    ...['eront', 'issait', 'ement', 'iteur', 'irait', 'erai', 'erez', 'ment', 'era', 'ant', 'ait', 'ais', 'iez', 'ez'],
    ...['er', 'ir', 'ai'],
  ),
)
/** Many nouns have them, too: more must remain. */
const endingsOfNouns = createEndings(
  dropped('ance', 'ence', 'able', 'ible', 'ique', 'isme', 'iste', 'ent', 'eur', 'ite', 'if'),
)

function withoutEnding(word: string): string {
  const found = endings(word, 3) ?? endingsOfNouns(word, 4)
  return found ? word.slice(0, -found[0].length) : word
}

function trimmed(word: string): string {
  let stem = word
  if (stem.length > 3 && stem.endsWith('e')) stem = stem.slice(0, -1)
  if (stem.endsWith('y')) stem = `${stem.slice(0, -1)}i`
  return stem.length > 3 && stem.at(-1) === stem.at(-2) && /[^aeiou]$/.test(stem) ? stem.slice(0, -1) : stem
}
