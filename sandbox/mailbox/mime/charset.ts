import iconv from 'iconv-lite'

/** The charsets that the demo mailbox speaks, by their MIME names. */
export type Charset =
  | 'us-ascii'
  | 'utf-8'
  | 'iso-8859-1'
  | 'iso-8859-2'
  | 'iso-8859-7'
  | 'iso-8859-15'
  | 'windows-1251'
  | 'windows-1252'
  | 'windows-1255'
  | 'windows-1256'
  | 'koi8-r'
  | 'iso-2022-jp'
  | 'shift_jis'
  | 'gb18030'
  | 'big5'
  | 'euc-kr'

/** @throws RangeError when the charset lacks a character of the text: nothing is replaced by question marks. */
export function encodeText(text: string, charset: Charset): Buffer {
  if (charset === 'iso-2022-jp') return encodeIso2022Jp(text)
  if (charset === 'us-ascii' && !isAscii(text)) throw new RangeError(`us-ascii can't carry "${text}"`)
  const bytes = iconv.encode(text, charset)
  if (iconv.decode(bytes, charset, { stripBOM: false }) !== text)
    throw new RangeError(`${charset} can't carry "${text}"`)
  return bytes
}

/** `wanted` if it can carry the text, else UTF-8: what mail programs do. */
export function charsetFor(text: string, wanted: Charset): Charset {
  try {
    encodeText(text, wanted)
    return wanted
  } catch {
    return 'utf-8'
  }
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

const toKanji = Buffer.from('\x1b$B', 'latin1')
const toAscii = Buffer.from('\x1b(B', 'latin1')

/** RFC 1468. JIS X 0208 is EUC-JP without the high bits, between escape sequences; a text ends in ASCII. */
function encodeIso2022Jp(text: string): Buffer {
  const chunks: Buffer[] = []
  let inKanji = false
  for (const character of text) {
    const euc = iconv.encode(character, 'euc-jp')
    const isKanji = euc.length === 2 && euc.every((byte) => byte >= 0xa1)
    if (!isKanji && !isAscii(character)) throw new RangeError(`iso-2022-jp can't carry "${character}"`)
    if (isKanji !== inKanji) chunks.push(isKanji ? toKanji : toAscii)
    chunks.push(isKanji ? Buffer.from(euc.map((byte) => byte & 0x7f)) : euc)
    inKanji = isKanji
  }
  if (inKanji) chunks.push(toAscii)
  return Buffer.concat(chunks)
}
