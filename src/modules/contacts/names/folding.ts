/** Letters that Unicode does not take apart into a plain one and a mark. */
const plain: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ħ: 'h', ŋ: 'n', ŧ: 't' },
}

/** As names are compared: small letters without accents, words apart by one space. */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßøæœłđðþıħŋŧ]/g, (letter) => plain[letter] ?? letter)
    .replace(/['’`]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** Whole addresses among words, which somebody may type as they are. */
const foldedAddress = (email: string): string => email.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** What is searched by the beginnings of its words, each with a space before it. */
export function searchText(
  texts: readonly string[],
  emails: readonly string[],
  numbers: readonly string[] = [],
): string {
  const words = new Set(texts.flatMap((text) => folded(text).split(' ')))
  for (const email of emails) for (const word of [foldedAddress(email), ...folded(email).split(' ')]) words.add(word)
  for (const number of numbers) words.add(digitsOf(number))
  words.delete('')
  return ` ${[...words].join(' ').slice(0, 4000)} `
}

const digitsOf = (number: string): string => number.replace(/\D+/g, '')

/** The words of a query, at most eight: a contact must have one that begins as each of them. */
export function queryWords(text: string): string[] {
  const typed = text.trim()
  const isAddress = /^\S+@\S*$/.test(typed)
  const isNumber = /^[+(]?\d[\d\s()./-]{2,}$/.test(typed)
  const words = isAddress ? [foldedAddress(typed)] : isNumber ? [digitsOf(typed)] : folded(text).split(' ')
  return [...new Set(words.filter(Boolean))].slice(0, 8)
}
