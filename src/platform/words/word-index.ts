import { likelyLanguages } from './text-language.ts'
import { createWordForms, keptLetters, languageBits, stemEnding } from './word-forms.ts'
import { createWordTable, type WordTable } from './word-table.ts'
import { maxWordLength, wordsOf } from './words.ts'

/** Where a word stands counts in what finds it: in the subject, among the people, in the text. */
export type Weight = 'A' | 'B' | 'C'

const weights: Readonly<Record<Weight, number>> = { A: 3, B: 2, C: 1 }
/** A tsvector counts no further. */
const maxPosition = 16_383

/**
 * Makes tsvectors (in PostgreSQL's binary form) of texts in UTF-8, by the words of `wordsOf`. Finding its words is most of
 * what storing a text costs, and PostgreSQL's parser takes ten times as long for it. Western letters are read byte by
 * byte, without making strings. To be used for one message after the other.
 */
export function createWordIndex() {
  const table = createWordTable()
  let position = 0
  const place = () => Math.min(++position, maxPosition)

  return {
    /** The words of one field; no phrase reaches from one field into the next. */
    add(text: Buffer, weightName: Weight): void {
      const weight = weights[weightName]
      position++
      for (let at = 0; at < text.length; ) {
        const next = readRun(table, text, at)
        if (next > 0) {
          if (table.length() > maxWordLength) table.dropWord()
          else if (table.length() > 0) table.endWord(place(), weight)
          at = next
          continue
        }
        // A run with other letters in it: its words are found as those of a query are.
        table.dropWord()
        const end = endOfRun(text, at)
        for (const word of wordsOf(text.toString('utf8', at, end))) table.addWord(Buffer.from(word), place(), weight)
        at = end
      }
    },
    /** The tsvector of all that was added; from then on it is empty. */
    finish(): Uint8Array {
      position = 0
      addStems(table)
      return table.finish()
    },
  }
}

/** Texts with more words than this are lists and dumps. */
const maxStemmedWords = 5_000

const formsOf = createWordForms()
const stems = { en: new Int32Array(maxStemmedWords), fr: new Int32Array(maxStemmedWords) }

/**
 * Beside the words the stems of their other forms, by the language that most of them are of. A stem counts a step less
 * than its word, where that stands first.
 */
function addStems(table: WordTable): void {
  const count = Math.min(table.count(), maxStemmedWords)
  const counts = { en: 0, fr: 0, other: 0 }
  for (let word = 0; word < count; word++) {
    const forms = formsOf(table.letters(), table.start(word), table.end(word), table.hash(word))
    stems.en[word] = forms.en
    stems.fr[word] = forms.fr
    if (forms.languages === 0) continue
    const times = table.times(word)
    if (forms.languages & languageBits.en) counts.en += times
    if (forms.languages & languageBits.fr) counts.fr += times
    if (forms.languages & languageBits.other) counts.other += times
  }
  for (const language of likelyLanguages(counts)) {
    const ofLanguage = stems[language]
    for (let word = 0; word < count; word++) {
      const stem = ofLanguage[word] as number
      if (stem !== 0) table.addStem(word, keptLetters(stem), stemEnding(stem))
    }
  }
}

/** What a letter is found by: some of a-z and 0-9, nothing for what parts words, undefined for all other letters. */
function foldedOf(codePoint: number): Uint8Array | undefined {
  const letter = String.fromCodePoint(codePoint)
  const [found = '', ...more] = wordsOf(letter)
  if (found === '' && !/\p{M}/u.test(letter)) return new Uint8Array(0)
  return more.length === 0 && /^[a-z0-9]+$/.test(found) ? Buffer.from(found) : undefined
}

/** Up to the end of Latin Extended-B. */
const folded = Array.from({ length: 0x250 }, (_, codePoint) => foldedOf(codePoint))
const asciiLetters = Uint8Array.from({ length: 128 }, (_, code) => folded[code]?.[0] ?? 0)

/** Reads one word into the table and answers where it goes on; -1 when other letters than western ones are in it. */
function readRun(table: WordTable, text: Buffer, from: number): number {
  table.beginWord()
  for (let at = from; at < text.length; at++) {
    const first = text[at] as number
    if (first < 0x80) {
      const letter = asciiLetters[first] as number
      if (letter === 0) return at + 1
      table.letter(letter)
      continue
    }
    const second = text[at + 1] ?? 0
    // General punctuation, U+2000 to U+206F: dashes, quotes, spaces.
    if (first === 0xe2 && (second === 0x80 || (second === 0x81 && (text[at + 2] ?? 0) < 0xb0))) return at + 3
    const letters = first < 0xca ? folded[((first & 0x1f) << 6) | (second & 0x3f)] : undefined
    if (letters === undefined) return -1
    at++
    if (letters.length === 0) return at + 1
    for (const letter of letters) table.letter(letter)
  }
  return text.length
}

function endOfRun(text: Buffer, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text[at] as number
    if (code < 0x80 && asciiLetters[code] === 0) return at
  }
  return text.length
}
