/** Longer runs of letters and digits are keys and checksums; nobody types them. */
export const maxWordLength = 100

/**
 * The words of a text as they are found, in their order: runs of letters and digits, in lower case, without accents. The
 * same for what is stored and for what is looked for, whatever the language; no stems, no stop words. Chinese, Japanese
 * and Korean, which put no spaces between words or write them together, are found by their pairs of letters.
 */
export function wordsOf(text: string): string[] {
  const runs = withoutAccents(text.toLowerCase()).match(/[\p{L}\p{N}]+/gu) ?? []
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII is looked for
  const words = /[^\u0000-\u007f]/.test(text) ? runs.flatMap(parted) : runs
  return words.filter((word) => word.length <= maxWordLength)
}

/**
 * A regular expression of PostgreSQL for a text in lower case and without accents that holds these words next to each
 * other, whole ones but for the last with `isPrefix`; undefined when there are none.
 */
export function wordPattern(text: string, { isPrefix = false } = {}): string | undefined {
  const runs = withoutAccents(text.toLowerCase()).match(/[\p{L}\p{N}]+/gu)
  if (!runs) return undefined
  const isWithin = pairScripts.test(text)
  const [before, after] = isWithin ? ['', ''] : ['(^|[^[:alnum:]])', isPrefix ? '' : '([^[:alnum:]]|$)']
  return `${before}${runs.join('[^[:alnum:]]+')}${after}`
}

/** A word of which a letter is a beginning worth looking for: there are no shorter ones in its script. */
export const isPairScript = (word: string): boolean => pairScripts.test(word)

const pairScripts = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u
const segments =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]+|[^\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]+/gu

function parted(run: string): string[] {
  if (!pairScripts.test(run)) return [run]
  return (run.match(segments) ?? []).flatMap((segment) => {
    const letters = [...segment]
    if (letters.length < 2 || !pairScripts.test(segment)) return [segment]
    return letters.slice(1).map((letter, at) => `${letters[at]}${letter}`)
  })
}

/** What people leave out when they type: accents, and letters that keyboards of other countries do not have. */
function withoutAccents(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII is looked for
  if (!/[^\u0000-\u007f]/.test(text)) return text
  const letters = text.normalize('NFKD').replace(/\p{Mn}+/gu, '')
  return letters.replace(/[ßæœøđłħıþð]/g, (letter) => twins[letter] ?? letter).normalize('NFC')
}

const twins: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  þ: 'th',
  ð: 'd',
}
