import type { StemmedLanguage } from './stems.ts'

/** Words that few sentences of a language do without, and that the other languages here do not have. */
const functionWords: Readonly<Record<TextLanguage, string>> = {
  en: 'the and of is that for with you this are not have from will was but they your has been which would',
  fr: 'le la les des du est pas que qui pour dans une sur vous nous avec je ce il au aux votre cette sont mais vos',
  other: 'der die und das ist nicht mit den ein ich el los las y para por con una es che di per il non een het van ik',
}

export type TextLanguage = StemmedLanguage | 'other'

/** By the word; some are of several languages. */
const languagesOf = new Map<string, TextLanguage[]>()
for (const [language, words] of Object.entries(functionWords)) {
  for (const word of words.split(' ')) {
    languagesOf.set(word, [...(languagesOf.get(word) ?? []), language as TextLanguage])
  }
}

const maxLength = Math.max(...[...languagesOf.keys()].map((word) => word.length))

/** The languages that a word is one of the commonest of. */
export const functionWordOf = (word: string): readonly TextLanguage[] =>
  word.length > maxLength ? none : (languagesOf.get(word) ?? none)

const none: readonly TextLanguage[] = []

/**
 * In which languages a text is whose function words are counted; one too short to tell may be in any of them. N-grams (eld)
 * tell more languages apart, but take ninety megabytes in every thread and longer than all else that is done with a text.
 */
export function likelyLanguages({ en, fr, other }: Readonly<Record<TextLanguage, number>>): StemmedLanguage[] {
  const most = Math.max(en, fr, other)
  if (most < 3) return ['en', 'fr']
  if (other === most && other > 2 * Math.max(en, fr)) return []
  return [...(3 * en >= fr ? ['en' as const] : []), ...(3 * fr >= en ? ['fr' as const] : [])]
}
