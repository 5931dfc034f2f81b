import type { Vcard, VcardParam, VcardProperty } from './vcard.ts'

/** A whole vCard: CRLF, lines folded at 75 octets (RFC 6350 §3.2). */
export function writeVcard({ version, properties }: Vcard): string {
  const lines = ['BEGIN:VCARD', `VERSION:${version}`, ...properties.map(lineOf), 'END:VCARD']
  return lines.map((line) => `${fold(line)}\r\n`).join('')
}

function lineOf({ group, name, params, value }: VcardProperty): string {
  const prefix = group === undefined ? '' : `${group}.`
  // A line is a line: nothing that a value holds begins another one.
  return `${prefix}${name}${params.map(paramText).join('')}:${value.replace(/\r\n?|\n/g, '\\n')}`
}

const paramText = ({ name, values }: VcardParam): string => `;${name}=${values.map(paramValue).join(',')}`

/** RFC 6868; vCard 3 has no other way to hold a quote or a line break either. */
function paramValue(value: string): string {
  const safe = value.replace(/\^|\r\n?|\n|"/g, (one) => (one === '^' ? '^^' : one === '"' ? "^'" : '^n'))
  const clean = safe.replace(/[^\P{Cc}\t]/gu, '')
  return /[:;,]|^\s|\s$/.test(clean) || clean === '' ? `"${clean}"` : clean
}

function fold(line: string): string {
  if (Buffer.byteLength(line) <= 75) return line
  const pieces: string[] = []
  let [start, size] = [0, 0]
  for (let at = 0; at < line.length; ) {
    const character = String.fromCodePoint(line.codePointAt(at) ?? 0)
    const bytes = Buffer.byteLength(character)
    // The space at the beginning of a further line counts.
    if (size + bytes > (pieces.length === 0 ? 75 : 74)) {
      pieces.push(line.slice(start, at))
      ;[start, size] = [at, 0]
    }
    size += bytes
    at += character.length
  }
  return [...pieces, line.slice(start)].join('\r\n ')
}
