import { type Charset, charsetFor, encodeText, isAscii } from './charset.ts'

/** One header field in wire form, not yet folded. A latin1 character stands for a byte. */
export type Header = readonly [name: string, value: string]

type WordForm = 'B' | 'Q'
export type Wording = { charset?: Charset; form?: WordForm }

const lineLimit = 78
const wordLimit = 75

/** The field as lines of at most 78 characters where spaces allow it (RFC 5322 §2.2.3), with the final CRLF. */
export function foldHeader([name, value]: Header): string {
  let lines = `${name}:`
  let room = lineLimit - lines.length
  value.split(' ').forEach((token, index) => {
    const mustBreak = index > 0 && token.length + 1 > room
    lines += mustBreak ? `\r\n ${token}` : ` ${token}`
    room = (mustBreak ? lineLimit : room) - token.length - 1
  })
  return `${lines}\r\n`
}

/** Unstructured text for a header: as it is when ASCII, else as RFC 2047 encoded words. `used`: columns taken before. */
export function headerText(text: string, { charset = 'utf-8', form = 'B' }: Wording = {}, used = 0): string {
  return isAscii(text) ? text : encodedWords(text, charsetFor(text, charset), form, used)
}

/** A display name and address, or the bare address (RFC 5322 §3.4). */
export function mailboxText({ name, address }: { name: string; address: string }, wording: Wording = {}): string {
  if (!name) return address
  if (!isAscii(name)) return `${headerText(name, wording, 10)} <${address}>`
  const isPhrase = /^[\w!#$%&'*+/=?^`{|}~ -]+$/.test(name)
  return `${isPhrase ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${address}>`
}

/**
 * RFC 2231 §3 and §4: charset-marked, percent-encoded, in numbered pieces when it is long.
 * `parameter('filename', 'a.txt')` is `filename="a.txt"`.
 */
export function parameter(name: string, value: string): string {
  if (isAscii(value) && value.length < 60) return `${name}="${value.replace(/["\\]/g, '\\$&')}"`
  const encoded = [...value].map(percentEncoded)
  if (encoded.join('').length < 50) return `${name}*=UTF-8''${encoded.join('')}`
  const pieces = ['']
  for (const character of encoded) {
    const last = pieces.length - 1
    if (`${pieces[last]}${character}`.length > 48) pieces.push(character)
    else pieces[last] += character
  }
  return pieces.map((piece, index) => `${name}*${index}*=${index === 0 ? "UTF-8''" : ''}${piece}`).join('; ')
}

/** RFC 2231 §7 attribute-char: what `encodeURIComponent` keeps, less the apostrophe, parentheses and asterisk. */
function percentEncoded(character: string): string {
  return encodeURIComponent(character).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** RFC 2047 §2: no word longer than 75 characters and no character split between two words. */
function encodedWords(text: string, charset: Charset, form: WordForm, used: number): string {
  const words: string[] = []
  let pending = ''
  const limit = () => (words.length === 0 ? Math.max(30, wordLimit - used) : wordLimit)
  for (const character of text) {
    if (pending && encodedWord(pending + character, charset, form).length > limit()) {
      words.push(encodedWord(pending, charset, form))
      pending = ''
    }
    pending += character
  }
  return [...words, encodedWord(pending, charset, form)].join(' ')
}

function encodedWord(text: string, charset: Charset, form: WordForm): string {
  const bytes = encodeText(text, charset)
  return `=?${charset}?${form}?${form === 'B' ? bytes.toString('base64') : qEncoded(bytes)}?=`
}

/** RFC 2047 §4.2, with the small alphabet that §5 (3) allows inside a phrase. */
function qEncoded(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[^A-Za-z0-9!*+/-]/g, (c) => {
    if (c === ' ') return '_'
    return `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}
