/** Enough to tell a language, and no more than that takes a moment. */
const readLength = 2000
const minLength = 20

let detector: Promise<{ detect(text: string): { language: string; isReliable(): boolean } }> | undefined

/** The language of a text as a two-letter code (ISO 639-1), by its n-grams; null when it cannot be told. */
export async function languageOf(text: string): Promise<string | null> {
  const read = text.slice(0, readLength).trim()
  if (read.length < minLength) return null
  // Loaded when somebody first asks: what it knows by heart takes ninety megabytes, in larger editions twice that.
  detector ??= import('eld/extrasmall').then(({ eld }) => eld)
  const detected = (await detector).detect(read)
  return detected.isReliable() && detected.language !== '' ? detected.language : null
}
