/** RFC 5322 and RFC 2045 as grammars, without any of their obsolete forms: answers what is wrong, or undefined. */

const atext = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
const atom = new RegExp(`^${atext}+`)
const dotAtom = new RegExp(`^${atext}+(?:\\.${atext}+)*`)
/** RFC 6532: UTF-8 where an address is beyond ASCII. */
const utf8DotAtom =
  /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\0-\x7f])+(?:\.(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\0-\x7f])+)*/
const quotedString = /^"(?:[\x20\t!#-[\]-~]|\\[\x20-\x7e\t])*"/
const token = /^[A-Za-z0-9!#$%&'*+.^_`{|}~-]+/
const encodedWord = /^=\?([A-Za-z0-9!#$%&'*+^_`{|}~-]+)\?([BbQq])\?([!->@-~]*)\?=$/

const weekday = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const dateTime = new RegExp(`^${weekday}, \\d{2} ${month} \\d{4} \\d{2}:\\d{2}:\\d{2} [+-]\\d{4}$`)

/** RFC 5322 §3.3. The day of the week must be that of the date. */
export function faultOfDate(value: string): string | undefined {
  if (!dateTime.test(value)) return `not a date-time: ${value}`
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return `no such day: ${value}`
  const offset = /([+-])(\d\d)(\d\d)$/.exec(value)
  const minutes = (Number(offset?.[2]) * 60 + Number(offset?.[3])) * (offset?.[1] === '-' ? -1 : 1)
  const local = new Date(date.getTime() + minutes * 60_000)
  return local.toUTCString().startsWith(value.slice(0, 16)) ? undefined : `another weekday or day: ${value}`
}

/** RFC 5322 §3.6.4. `isStrict`: of ours; those of others are printable and in brackets. */
export function faultOfMessageIds(value: string, options: { isStrict: boolean; isOne: boolean }): string | undefined {
  const ids = value.split(' ')
  if (options.isOne && ids.length !== 1) return `not one id: ${value}`
  const strict = new RegExp(`^<${atext}+(?:\\.${atext}+)*@${atext}+(?:\\.${atext}+)*>$`)
  return ids.find((id) => !(options.isStrict ? strict : /^<[!-;=?-~]+>$/).test(id))
}

/** RFC 5322 §3.4: a list of mailboxes, with display names as atoms, quoted strings or encoded words. */
export function faultOfAddressList(value: string): string | undefined {
  let rest = value
  for (;;) {
    const after = skipMailbox(rest)
    if (after === undefined) return `not a mailbox: ${rest.slice(0, 80)}`
    if (after === '') return undefined
    if (!after.startsWith(', ')) return `not a comma and a space: ${after.slice(0, 80)}`
    rest = after.slice(2)
  }
}

function skipMailbox(text: string): string | undefined {
  const bare = skipAddress(text)
  if (bare !== undefined && (bare === '' || bare.startsWith(','))) return bare
  let rest = text
  while (!rest.startsWith('<')) {
    const word = (quotedString.exec(rest) ?? atom.exec(rest))?.[0]
    if (word === undefined || faultOfWord(word)) return undefined
    rest = rest.slice(word.length)
    // Every word of a display name is followed by one space.
    if (!/^ [^ ]/.test(rest)) return undefined
    rest = rest.slice(1)
  }
  if (rest === text) return undefined
  const after = skipAddress(rest.slice(1))
  return after?.startsWith('>') ? after.slice(1) : undefined
}

function skipAddress(text: string): string | undefined {
  const local = (utf8DotAtom.exec(text) ?? quotedString.exec(text))?.[0]
  if (local === undefined || text[local.length] !== '@') return undefined
  const domain = dotAtom.exec(text.slice(local.length + 1))?.[0]
  return domain === undefined ? undefined : text.slice(local.length + 1 + domain.length)
}

/** What looks like an encoded word is one; a quoted string has none in it (RFC 2047 §5). */
function faultOfWord(word: string): string | undefined {
  if (!word.includes('=?')) return undefined
  return word.startsWith('"') ? `an encoded word within quotes: ${word}` : faultOfEncodedWord(word)
}

/** RFC 2047 §2 and §5: at most 75 characters, and whole characters of UTF-8 in each. */
export function faultOfEncodedWord(word: string): string | undefined {
  const [, charset, encoding, text = ''] = encodedWord.exec(word) ?? []
  if (charset === undefined || word.length > 75) return `not an encoded word: ${word}`
  if (charset.toLowerCase() !== 'utf-8') return `an encoded word in ${charset}`
  const bytes = encoding?.toUpperCase() === 'B' ? base64Bytes(text) : qBytes(text)
  if (!bytes) return `not encoded by its own word: ${word}`
  return isUtf8(bytes) ? undefined : `half of a character: ${word}`
}

/** RFC 5322 §3.2.5: printable text, in which every `=?` begins an encoded word that stands alone. */
export function faultOfUnstructured(value: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(value)) return 'not printable ASCII'
  const suspicious = value.split(' ').filter((word) => word.includes('=?'))
  return suspicious.map(faultOfEncodedWord).find((fault) => fault !== undefined)
}

export type Parameters = { value: string; parameters: Map<string, string> }

/** RFC 2045 §5.1 and RFC 2231: answers the parameters, joined and decoded, or a fault. */
export function readParameters(value: string): Parameters | string {
  const [type = ''] = /^[^;]*/.exec(value) ?? []
  const raw = new Map<string, string>()
  let rest = value.slice(type.length)
  while (rest !== '') {
    const name = rest.startsWith('; ') ? token.exec(rest.slice(2))?.[0] : undefined
    if (name === undefined || rest[2 + name.length] !== '=') return `not a parameter: ${rest}`
    const text = rest.slice(3 + name.length)
    const taken = (text.startsWith('"') ? quotedString.exec(text) : token.exec(text))?.[0]
    if (taken === undefined) return `not a value: ${rest}`
    if (taken.includes('=?')) return `an encoded word in a parameter: ${taken}`
    if (raw.has(name.toLowerCase())) return `twice the parameter ${name}`
    raw.set(name.toLowerCase(), taken.startsWith('"') ? taken.slice(1, -1).replaceAll(/\\(.)/g, '$1') : taken)
    rest = text.slice(taken.length)
  }
  const parameters = joinContinuations(raw)
  return typeof parameters === 'string' ? parameters : { value: type.toLowerCase(), parameters }
}

function joinContinuations(raw: ReadonlyMap<string, string>): Map<string, string> | string {
  const joined = new Map<string, string>()
  const sections = new Map<string, { at: number; isEncoded: boolean; text: string }[]>()
  for (const [name, text] of raw) {
    const [, base = '', number, star] = /^([^*]+)(?:\*(\d+))?(\*)?$/.exec(name) ?? []
    if (number === undefined && star === undefined) joined.set(base, text)
    else sections.set(base, [...(sections.get(base) ?? []), { at: Number(number ?? 0), isEncoded: star === '*', text }])
  }
  for (const [base, list] of sections) {
    if (joined.has(base)) return `both ${base} and ${base}*`
    const bytes: Buffer[] = []
    for (const [index, { at, isEncoded, text }] of list.entries()) {
      if (at !== index) return `the sections of ${base} are out of order`
      const encoded = index === 0 && isEncoded ? /^utf-8'[^']*'(.*)$/i.exec(text)?.[1] : text
      if (encoded === undefined) return `no charset in ${base}*`
      if (isEncoded && !/^(?:[A-Za-z0-9!#$&+.^_`{|}~-]|%[0-9A-F]{2})*$/.test(encoded)) return `not encoded: ${text}`
      bytes.push(isEncoded ? percentBytes(encoded) : Buffer.from(encoded))
    }
    const all = Buffer.concat(bytes)
    if (!isUtf8(all)) return `${base} is not UTF-8`
    joined.set(base, all.toString())
  }
  return joined
}

export const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

const percentBytes = (text: string) =>
  Buffer.from(
    text.replaceAll(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

function base64Bytes(text: string): Buffer | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, 'base64')
    : undefined
}

function qBytes(text: string): Buffer | undefined {
  if (!/^(?:[A-Za-z0-9!*+/_-]|=[0-9A-F]{2})*$/.test(text)) return undefined
  const bytes = text
    .replaceAll('_', ' ')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1')
}
