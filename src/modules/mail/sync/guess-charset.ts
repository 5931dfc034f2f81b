/** What of a text is looked at. */
const sampleBytes = 16_384
/** Of fewer letters beyond ASCII nothing can be concluded. */
const minLetters = 8

/**
 * The charset of bytes that are neither labelled nor UTF-8: named by the bytes themselves (a byte order mark, the escapes
 * of ISO-2022, the head of an HTML page), or the one in which they are a text of some language. Windows-1252 otherwise.
 */
export function guessCharset(bytes: Buffer): string {
  const sample = bytes.subarray(0, sampleBytes)
  return named(sample) ?? (isWestern(sample) ? undefined : (eastAsian(sample) ?? alphabetic(sample))) ?? 'windows-1252'
}

/** RFC 1468. */
export function hasIso2022JpEscapes(bytes: Buffer): boolean {
  return designations.some((designation) => bytes.subarray(0, sampleBytes).includes(designation))
}

const designations = ['\u001b$@', '\u001b$B', '\u001b(J']

function named(sample: Buffer): string | undefined {
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le'
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be'
  if (hasIso2022JpEscapes(sample)) return 'iso-2022-jp'
  const head = sample.toString('latin1', 0, 4096)
  const [, charset] = /<meta[^>]{1,200}charset\s*=\s*["']?([\w:.-]{2,40})/i.exec(head) ?? []
  return charset && !/^(utf-?8|us-ascii)$/i.test(charset) ? charset.toLowerCase() : undefined
}

/** Latin script: its accents stand among ASCII letters. */
function isWestern(sample: Buffer): boolean {
  let [letters, others] = [0, 0]
  for (const byte of sample) {
    if (byte >= 0x80) others += 1
    else if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) letters += 1
  }
  return others < minLetters || others < letters / 2
}

const eastAsianCharsets: readonly [charset: string, isText: (text: string, sample: Buffer) => boolean][] = [
  ['shift_jis', (text) => share(text, /[\u3040-\u30ff]/g) > 0.2],
  ['euc-jp', (text) => share(text, /[\u3040-\u30ff]/g) > 0.2],
  ['euc-kr', (text) => share(text, /[\uac00-\ud7a3]/g) > 0.7],
  // The rows of frequent characters: B0 to D7 of GB 2312, A4 to C6 of Big5.
  [
    'gb18030',
    (text, sample) =>
      share(text, /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/g) > 0.9 && leads(sample, 0xa1, 0xd7) > 0.9,
  ],
  [
    'big5',
    (text, sample) =>
      share(text, /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/g) > 0.9 && leads(sample, 0xa1, 0xc6) > 0.9,
  ],
]

function eastAsian(sample: Buffer): string | undefined {
  // Languages of letters read as pairs of bytes give nothing of this, but a wrong pair gives an error sooner or later.
  const cyrillic = alphabetic(sample)
  for (const [charset, isText] of eastAsianCharsets) {
    const text = decodedWhole(sample, charset)
    if (text !== undefined && isText(text, sample))
      return cyrillic && charset !== 'euc-kr' && !/jis|jp/.test(charset) ? cyrillic : charset
  }
}

/** Most frequent letters, of which any text of the language consists to a great part. */
const alphabets: readonly [charset: string, script: RegExp, frequent: RegExp][] = [
  ['windows-1251', /[\u0400-\u04ff]/g, /[оеаинт]/g],
  ['koi8-r', /[\u0400-\u04ff]/g, /[оеаинт]/g],
  ['windows-1253', /[\u0370-\u03ff]/g, /[αεηιοσντςάέίό]/g],
]

function alphabetic(sample: Buffer): string | undefined {
  for (const [charset, script, frequent] of alphabets) {
    const text = new TextDecoder(charset).decode(sample)
    if (share(text, script) > 0.9 && count(text, frequent) / count(text, script) > 0.4) return charset
  }
}

/** Of the characters beyond ASCII. */
const share = (text: string, pattern: RegExp): number =>
  count(text, pattern) / Math.max(1, count(text, /[^\p{ASCII}\s]/gu))

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** The share of two-byte characters whose first byte lies in a range. */
function leads(sample: Buffer, from: number, to: number): number {
  let [all, within] = [0, 0]
  for (let at = 0; at < sample.length; at++) {
    const byte = sample[at] ?? 0
    if (byte < 0x81) continue
    all += 1
    if (byte >= from && byte <= to) within += 1
    at += 1
  }
  return within / Math.max(1, all)
}

/** Undefined when the bytes are not of that charset; one that is cut at the end counts for nothing. */
function decodedWhole(sample: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(sample, { stream: true })
  } catch {
    return undefined
  }
}
