import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { stemEnglish } from './english-stem.ts'
import { stemFrench } from './french-stem.ts'
import { stemMark, storedStem } from './stems.ts'
import { createWordForms, keptLetters, languageBits, stemEnding } from './word-forms.ts'

/** `word stem`, as Porter's paper has them where it names them. */
const english = `caresses caress, ponies poni, ties ti, caress caress, cats cat, feed feed, agreed agre, plastered plaster,
  bled bled, motoring motor, sing sing, conflated conflat, troubled troubl, sized size, hopping hop, tanned tan,
  falling fall, hissing hiss, fizzed fizz, failing fail, filing file, happy happi, sky sky, relational relat,
  conditional condit, rational ration, valenci valenc, digitizer digit, radicalli radic, vileli vile, vietnamization
  vietnam, predication predic, operator oper, feudalism feudal, decisiveness decis, hopefulness hope, formaliti formal,
  sensibiliti sensibl, triplicate triplic, formative form, electrical electr, goodness good, revival reviv, inference
  infer, adjustable adjust, replacement replac, dependent depend, adoption adopt, region region, communism commun,
  homologous homolog, effective effect, probate probat, rate rate, cease ceas, controll control, roll roll, syzygy syzygi`

const french = `bateaux batel, chevaux cheval, journaux journal, fois foi, premiere premi, heureuse heur, directrice direct,
  nouvelle nouvel, ancienne ancien, actives actif, annee ann, partie parti, travail traval, finissement fin, chantaient
  chant, prononceront prononc, montrerait montr, arriver arriv, finance financ, importance import, possible pos, national national,
  mangent mang, pays pai, belle bel, gros gro`

const pairsOf = (list: string) => list.split(',').map((pair) => pair.trim().split(/\s+/))

suite('stems', () => {
  test('English words lose their endings as M. F. Porter has it', () => {
    for (const [word = '', stem] of pairsOf(english)) assert.equal(stemEnglish(word), stem, word)
  })

  test('French words lose plurals, feminines and endings of verbs and nouns', () => {
    for (const [word = '', stem] of pairsOf(french)) assert.equal(stemFrench(word), stem, word)
  })

  test('more words than are remembered keep their forms apart', () => {
    const formsOf = createWordForms()
    const words = Array.from({ length: 60_000 }, (_, at) => `${at.toString(26).replace(/\d/g, digitLetter)}ations`)
    for (const word of [...words, ...words.toReversed(), '2026', 'which']) {
      const letters = Buffer.from(`..${word}`)
      const { en, fr, languages } = formsOf(letters, 2, letters.length, lastFour(letters))
      assert.deepEqual([unpacked(word, en), unpacked(word, fr)], [storedStem(word, 'en'), storedStem(word, 'fr')], word)
      assert.equal(languages, word === 'which' ? languageBits.en : 0)
    }
  })

  test('a remembered form is the one that the rules make, whatever a word ends with', () => {
    const formsOf = createWordForms()
    const ends = [...new Set(`${english} ${french}`.match(/[a-z]+/g))].flatMap((word) =>
      Array.from({ length: word.length }, (_, from) => word.slice(from)),
    )
    for (const begin of ['', 'b', 'tr', 'est', 'ally', 'iz', 'eu']) {
      for (const end of ends) {
        const word = begin + end
        const letters = Buffer.from(word)
        const { en, fr } = formsOf(letters, 0, letters.length, lastFour(Buffer.from(`.......${word}`)))
        assert.deepEqual(
          [unpacked(word, en), unpacked(word, fr)],
          [storedStem(word, 'en'), storedStem(word, 'fr')],
          word,
        )
      }
    }
  })
})

/** As it is stored. */
function unpacked(word: string, stem: number): string | undefined {
  if (stem === 0) return undefined
  let letters = stemMark + word.slice(0, keptLetters(stem))
  for (let rest = stemEnding(stem); rest !== 0; rest >>>= 8) letters += String.fromCharCode(rest & 0xff)
  return letters
}

const digitLetter = (digit: string) => 'qrstuvwxyz'[Number(digit)] ?? ''

/** A bad hash: many words of other letters have the same. */
const lastFour = (letters: Buffer) => letters.readInt32LE(Math.max(0, letters.length - 8))
