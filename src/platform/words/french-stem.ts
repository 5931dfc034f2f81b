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
  if (word.endsWith('eaux')) return word.slice(0, -1)
  if (/[^e]aux$/.test(word)) return `${word.slice(0, -3)}al`
  return /[^s]s$|[^s]x$/.test(word) ? word.slice(0, -1) : word
}

const feminines: readonly (readonly [RegExp, string])[] = [
  ...([
    [/iere$/, 'ier'],
    [/euse$/, 'eur'],
    [/trice$/, 'teur'],
    [/elle$/, 'el'],
    [/eau$/, 'el'],
    [/enne$/, 'en'],
  ] as const),
  ...([
    [/ives?$/, 'if'],
    [/ee$/, 'e'],
    [/ie$/, 'i'],
    [/ue$/, 'u'],
    [/ail$/, 'al'],
  ] as const),
]

function masculine(word: string): string {
  const found = feminines.find(([ending]) => ending.test(word))
  return found ? word.replace(...found) : word
}

/** Longer ones first; at least three letters, or four before those that many nouns have too, must remain. */
const endings = new RegExp(
  `^(?:(.{3,}?)(?:${[
    ...['issement', 'issaient', 'atrice', 'eraient', 'issant', 'ateur', 'ation', 'ition', 'aient', 'erait', 'erons'],
    ...[
      'eront',
      'issait',
      'ement',
      'iteur',
      'ation',
      'irait',
      'erai',
      'erez',
      'ment',
      'era',
      'ant',
      'ait',
      'ais',
      'iez',
      'ez',
    ],
    ...['er', 'ir', 'ai'],
  ].join('|')})|(.{4,}?)(?:ance|ence|able|ible|ique|isme|iste|ent|eur|ite|if))$`,
)

function withoutEnding(word: string): string {
  const [, short, long] = endings.exec(word) ?? []
  return short ?? long ?? word
}

function trimmed(word: string): string {
  let stem = word
  if (stem.length > 3 && stem.endsWith('e')) stem = stem.slice(0, -1)
  stem = stem.replace(/y$/, 'i')
  return stem.length > 3 ? stem.replace(/([^aeiou])\1$/, '$1') : stem
}
