import { stemMark } from './stems.ts'
import { orderedWords } from './word-order.ts'

/** A tsvector holds 1,048,575 bytes of words and places; what comes after that is not found. */
const maxVectorBytes = 1_000_000
/** PostgreSQL keeps no more places of one word. */
const maxPlaces = 255
/** Bytes of one word: a tsvector takes 2,046. */
const maxWordBytes = 1_000

const markCode = stemMark.charCodeAt(0)

/** Enough for most texts: clearing more takes longer than reading a short one. */
const keptSlots = 1 << 12

/** A hash table of words and their places in typed arrays, used again and again: no object is made for a word. */
export function createWordTable() {
  let slots = new Int32Array(keptSlots)
  let hashes = new Int32Array(1 << 11)
  let starts = new Int32Array(1 << 11)
  let ends = new Int32Array(1 << 11)
  let firsts = new Int32Array(1 << 11)
  let lasts = new Int32Array(1 << 11)
  let counts = new Uint8Array(1 << 11)
  let letters = Buffer.alloc(1 << 15)
  let places = new Uint16Array(1 << 12)
  let nexts = new Int32Array(1 << 12)
  let [wordCount, letterCount, placeCount, vectorBytes] = [0, 0, 0, 0]
  let [start, hash] = [0, 0]

  function beginWord(): void {
    start = letterCount
    hash = 0x811c9dc5
  }

  function letter(code: number): void {
    if (letterCount === letters.length) letters = doubled(letters)
    letters[letterCount++] = code
    // FNV-1a.
    hash = Math.imul(hash ^ code, 0x01000193)
  }

  function endWord(position: number, weight: number): void {
    const end = letterCount
    let slot = mixed(hash) & (slots.length - 1)
    for (;;) {
      const word = (slots[slot] as number) - 1
      if (word === -1) break
      if (hashes[word] === hash && isSame(word, end)) {
        letterCount = start
        addPlace(word, position, weight)
        return
      }
      slot = (slot + 1) & (slots.length - 1)
    }
    if (end - start > maxWordBytes || vectorBytes + end - start + 6 > maxVectorBytes) letterCount = start
    else addNew(slot, end, position, weight)
  }

  function isSame(word: number, end: number): boolean {
    let at = starts[word] as number
    if ((ends[word] as number) - at !== end - start) return false
    for (let own = start; own < end; own++) if (letters[own] !== letters[at++]) return false
    return true
  }

  function addNew(slot: number, end: number, position: number, weight: number): void {
    if (wordCount === hashes.length) growWords()
    const word = wordCount++
    slots[slot] = word + 1
    hashes[word] = hash
    starts[word] = start
    ends[word] = end
    firsts[word] = -1
    counts[word] = 0
    // With the count of places, and a byte to align it.
    vectorBytes += end - start + 3
    addPlace(word, position, weight)
    if (2 * wordCount > slots.length) rehash()
  }

  function addPlace(word: number, position: number, weight: number): void {
    const count = counts[word] as number
    if (count === maxPlaces || vectorBytes + 2 > maxVectorBytes) return
    const value = (weight << 14) | position
    if (count > 0) {
      const last = lasts[word] as number
      // Beyond where places are counted, all are the same one.
      if (((places[last] as number) & 0x3fff) >= position) return
      nexts[last] = placeCount
    } else firsts[word] = placeCount
    if (placeCount === places.length) growPlaces()
    places[placeCount] = value
    nexts[placeCount] = -1
    lasts[word] = placeCount++
    counts[word] = count + 1
    vectorBytes += 2
  }

  function growWords(): void {
    hashes = longer(hashes)
    starts = longer(starts)
    ends = longer(ends)
    firsts = longer(firsts)
    lasts = longer(lasts)
    const more = new Uint8Array(2 * counts.length)
    more.set(counts)
    counts = more
  }

  function growPlaces(): void {
    nexts = longer(nexts)
    const more = new Uint16Array(2 * places.length)
    more.set(places)
    places = more
  }

  function rehash(): void {
    slots = new Int32Array(2 * slots.length)
    for (let word = 0; word < wordCount; word++) {
      let slot = mixed(hashes[word] as number) & (slots.length - 1)
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = word + 1
    }
  }

  /** PostgreSQL's binary form: how many, then each word, its places and their weights (tsvectorsend). */
  function finish(): Uint8Array {
    const vector = Buffer.allocUnsafe(4 + letterCount + 3 * wordCount + 2 * placeCount)
    let at = vector.writeInt32BE(wordCount, 0)
    for (const word of orderedWords({ letters, starts, ends, count: wordCount })) {
      // Letter by letter: words are too short to be worth a call.
      for (let from = starts[word] as number; from < (ends[word] as number); from++)
        vector[at++] = letters[from] as number
      vector[at++] = 0
      vector[at++] = 0
      vector[at++] = counts[word] as number
      for (let place = firsts[word] as number; place !== -1; place = nexts[place] as number) {
        const value = places[place] as number
        vector[at++] = value >>> 8
        vector[at++] = value & 0xff
      }
    }
    if (slots.length > keptSlots) slots = new Int32Array(keptSlots)
    else slots.fill(0)
    wordCount = letterCount = placeCount = vectorBytes = 0
    return vector.subarray(0, at)
  }

  return {
    beginWord,
    letter,
    endWord,
    /** Letters of the word that was begun. */
    length: () => letterCount - start,
    dropWord(): void {
      letterCount = start
    },
    addWord(word: Uint8Array, position: number, weight: number): void {
      beginWord()
      for (const code of word) letter(code)
      endWord(position, weight)
    },
    /**
     * The stem of a word: its first letters and an ending, one letter a byte and the first in the lowest. It stands where
     * the word does first, and counts a step less.
     */
    addStem(word: number, keptLetters: number, ending: number): void {
      const place = places[firsts[word] as number] as number
      beginWord()
      letter(markCode)
      const from = starts[word] as number
      for (let at = from; at < from + keptLetters; at++) letter(letters[at] as number)
      for (let rest = ending; rest !== 0; rest >>>= 8) letter(rest & 0xff)
      endWord(place & 0x3fff, Math.max((place >>> 14) - 1, 0))
    },
    /** How many words there are; they are numbered as they came. */
    count: () => wordCount,
    /** Where a word lies in `letters`, which are others once a word is added. */
    letters: () => letters,
    start: (word: number) => starts[word] as number,
    end: (word: number) => ends[word] as number,
    hash: (word: number) => hashes[word] as number,
    /** How often it stands. */
    times: (word: number) => counts[word] as number,
    finish,
  }
}

export type WordTable = ReturnType<typeof createWordTable>

const mixed = (hash: number) => hash ^ (hash >>> 15)

function longer(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * array.length)
  more.set(array)
  return more
}

function doubled(buffer: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const more = Buffer.alloc(2 * buffer.length)
  buffer.copy(more)
  return more
}
