import { createHash } from 'node:crypto'

// Dark enough for white letters (contrast 4.5 to 1, WCAG 2.2 §1.4.3).
const colours = [
  '#b3261e',
  '#a8326e',
  '#7b3fa0',
  '#5649b0',
  '#2f5fa8',
  '#12727f',
  '#1b7a4b',
  '#5c6f14',
  '#8f5a00',
  '#6d5248',
]

/** The first letters of the first and the last word of a name; signs of which one says enough stand alone. */
export function initialsOf(name: string): string {
  const words = name.normalize('NFC').match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? []
  const [first = '?', last = ''] = [words[0], words.length > 1 ? words.at(-1) : undefined]
  const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  const letter = (word: string) => [...segments.segment(word)][0]?.segment ?? ''
  if (/^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(first)) return letter(first)
  return (letter(first) + letter(last)).toUpperCase()
}

/** A picture of them, of a colour that stays the same for the same contact. Nothing in it but what is made here. */
export function initialsPicture(name: string, uid: string, size: number): string {
  const colour = colours[(createHash('sha256').update(uid).digest()[0] ?? 0) % colours.length]
  const text = initialsOf(name).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">`,
    `<rect width="100" height="100" fill="${colour}"/>`,
    '<text x="50" y="50" dy="0.35em" fill="#ffffff" font-family="system-ui, sans-serif" font-size="42" text-anchor="middle">',
    `${text}</text></svg>`,
  ].join('')
}
