import { partsOfDomain } from './domains.ts'

// After Unicode's confusables (UTS #39 §4): letters of other scripts, and signs, that look like a Latin one.
const likenesses: Readonly<Record<string, string>> = {
  a: 'аɑαạ',
  b: 'ьƅ',
  c: 'сϲ',
  d: 'ԁɗ',
  e: 'еєε3',
  f: 'ƒ',
  g: 'ɡցԍ',
  h: 'һ',
  l: 'iіιıɩӏ1|ł',
  j: 'јϳ',
  k: 'кκ',
  m: 'мṃ',
  n: 'пոηհ',
  o: 'оοօσ0øө',
  p: 'рρ',
  q: 'ԛգ',
  r: 'гԻ',
  s: 'ѕ5ꜱ',
  t: 'тτ',
  u: 'υսцʋ',
  v: 'νѵ',
  w: 'ԝшωա',
  x: 'хχ',
  y: 'уүγʏ',
  z: 'ᴢ',
}
const latinOf = new Map(
  Object.entries(likenesses).flatMap(([latin, others]) => [...others].map((other) => [other, latin])),
)

/** Letters that look like one when they stand side by side. */
const pairs: readonly [RegExp, string][] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
]

/** What a domain looks like: two with the same skeleton are easily taken for each other. */
export function skeletonOf(domain: string): string {
  const parts = partsOfDomain(domain)
  return parts ? `${likeness(parts.label)}.${parts.suffix}` : likeness(domain)
}

function likeness(label: string): string {
  const plain = label.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '')
  const paired = pairs.reduce((text, [pair, one]) => text.replace(pair, one), plain)
  return [...paired].map((character) => latinOf.get(character) ?? character).join('')
}

/** Shorter names are near to many others by chance. */
const minNearLength = 6
const typedFor: Readonly<Record<string, string>> = { co: 'com', cm: 'com', om: 'com', con: 'com' }

/** Whether somebody might take `domain` for `known`, another domain: looked alike, mistyped, or by its wrong ending. */
export function isLookAlike(domain: string, known: string): boolean {
  if (domain === known) return false
  if (skeletonOf(domain) === skeletonOf(known)) return true
  const [one, other] = [partsOfDomain(domain), partsOfDomain(known)]
  if (!one || !other) return false
  if (one.label === other.label) return typedFor[one.suffix] === other.suffix
  return one.suffix === other.suffix && other.label.length >= minNearLength && isOneEditAway(one.label, other.label)
}

/** One letter added, left out, changed, or swapped with its neighbour. */
function isOneEditAway(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false
  let start = 0
  while (start < one.length && one[start] === other[start]) start += 1
  let [end, otherEnd] = [one.length, other.length]
  while (end > start && otherEnd > start && one[end - 1] === other[otherEnd - 1]) {
    end -= 1
    otherEnd -= 1
  }
  const [left, right] = [one.slice(start, end), other.slice(start, otherEnd)]
  if (left.length <= 1 && right.length <= 1) return true
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0]
}

const scripts = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Hebrew', 'Arabic'].map(
  (script) => new RegExp(`\\p{Script=${script}}`, 'u'),
)

/** Whether a name mixes scripts, or is written in letters of another one that all look Latin, under a Latin ending. */
export function isHomograph(domain: string): boolean {
  const parts = partsOfDomain(domain)
  if (!parts || /^[\p{ASCII}]*$/u.test(parts.label)) return false
  if (scripts.filter((script) => script.test(parts.label)).length > 1) return true
  const isLatin = /^[\p{Script=Latin}\p{N}-]+$/u.test(parts.label)
  return (
    !isLatin &&
    /^[a-z\d-]+$/.test(likeness(parts.label)) &&
    /^[a-z.]+$/.test(parts.suffix) &&
    !parts.suffix.includes('xn--')
  )
}
