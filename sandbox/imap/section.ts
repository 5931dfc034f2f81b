import type { Argument } from './hoodiecrow.ts'
import type { Part } from './mime.ts'

/**
 * The text of `BODY[section]` (RFC 3501 §6.4.5) as a binary string; undefined when the message has no such part.
 * @throws Error for a section that the grammar doesn't know.
 */
export function readSection(root: Part, raw: string, section: Argument[]): string | undefined {
  const [first, names] = section
  const name = first && !Array.isArray(first) ? first.value.toUpperCase() : ''
  const [, path = '', specifier = ''] = /^((?:\d+(?:\.|$))*)(.*)$/.exec(name) ?? []
  if (!path && !specifier) return raw
  const numbers = path.split('.').filter(Boolean).map(Number)
  const part = findPart(root, numbers)
  if (!part) return undefined
  if (!specifier) return raw.slice(part.body, part.end)
  if (specifier === 'MIME') return raw.slice(part.start, part.body)
  // The other specifiers ask about a message: the whole one, or the one inside a message/rfc822 part.
  const message = numbers.length ? part.message : root
  if (!message) return undefined
  if (specifier === 'HEADER') return raw.slice(message.start, message.body)
  if (specifier === 'TEXT') return raw.slice(message.body, message.end)
  if (specifier === 'HEADER.FIELDS') return headerFields(message, raw, (field) => fieldNames(names).has(field))
  if (specifier === 'HEADER.FIELDS.NOT') return headerFields(message, raw, (field) => !fieldNames(names).has(field))
  throw new Error(`Unknown section ${name}`)
}

function findPart(root: Part, numbers: number[]): Part | undefined {
  let part: Part | undefined = root
  for (const [depth, number] of numbers.entries()) {
    const outer: Part | undefined = depth > 0 && part?.message ? part.message : part
    // Part 1 of what has no parts is its own text.
    part = outer?.parts ? outer.parts[number - 1] : number === 1 && isEntry(depth, part) ? outer : undefined
  }
  return part
}

const isEntry = (depth: number, part: Part | undefined) => depth === 0 || part?.message !== undefined

const fieldNames = (names: Argument | undefined) =>
  new Set(
    Array.isArray(names) ? names.map((name) => (name && !Array.isArray(name) ? name.value.toLowerCase() : '')) : [],
  )

function headerFields(message: Part, raw: string, isWanted: (name: string) => boolean): string {
  const fields = message.headers.filter(({ name }) => isWanted(name)).map(({ start, end }) => raw.slice(start, end))
  return `${fields.join('')}\r\n`
}
