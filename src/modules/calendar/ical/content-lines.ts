/** A line of iCalendar (RFC 5545 §3.1). `line` is the whole of it, unfolded: what nobody changes is written as it came. */
export type Property = {
  /** In capitals. */
  name: string
  /** By names in capitals. */
  params: Readonly<Record<string, readonly string[]>>
  /** As it stands, escapes and all. */
  value: string
  line: string
}

export type Component = { name: string; properties: Property[]; components: Component[] }

const maxDepth = 10

/**
 * The components at the top of a text, a calendar in most cases. What real programs get wrong is taken as they mean it:
 * line ends of any kind, lines that were broken without a space, properties of unknown names and values.
 * @throws SyntaxError for what is no iCalendar.
 */
export function parseComponents(text: string): Component[] {
  const root: Component = { name: '', properties: [], components: [] }
  const open = [root]
  for (const line of unfold(text)) {
    const property = parseLine(line)
    const current = open.at(-1)
    if (!property || !current) throw new SyntaxError('A line is none of iCalendar.')
    if (property.name === 'BEGIN') {
      if (open.length > maxDepth) throw new SyntaxError('Components are nested too deep.')
      const component = { name: property.value.trim().toUpperCase(), properties: [], components: [] }
      current.components.push(component)
      open.push(component)
    } else if (property.name === 'END') {
      if (open.length === 1 || current.name !== property.value.trim().toUpperCase()) {
        throw new SyntaxError('A component ends that did not begin.')
      }
      open.pop()
    } else if (current === root) throw new SyntaxError('The text begins with no component.')
    else current.properties.push(property)
  }
  if (open.length > 1) throw new SyntaxError('The text is cut off.')
  return root.components
}

/** RFC 5545 §3.1. A line that begins no property goes on with the one before it: some programs break texts so. */
function unfold(text: string): string[] {
  const lines: string[] = []
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)) {
    const isContinued = line.startsWith(' ') || line.startsWith('\t')
    if (isContinued && lines.length > 0) lines[lines.length - 1] += line.slice(1)
    else if (line.trim() === '') continue
    else if (/^[A-Za-z0-9-]+[;:]/.test(line) || lines.length === 0) lines.push(line)
    else lines[lines.length - 1] += `\\n${line}`
  }
  return lines
}

function parseLine(line: string): Property | undefined {
  const [head = ''] = /^[A-Za-z0-9-]+/.exec(line) ?? []
  if (head === '') return undefined
  const params: Record<string, string[]> = {}
  let at = head.length
  const parameter = /;([A-Za-z0-9-]+)=?((?:"[^"]*"|[^";:,])*(?:,(?:"[^"]*"|[^";:,])*)*)/y
  for (;;) {
    parameter.lastIndex = at
    const match = parameter.exec(line)
    if (!match) break
    params[(match[1] ?? '').toUpperCase()] = splitParameter(match[2] ?? '')
    at = parameter.lastIndex
  }
  return line[at] === ':' ? { name: head.toUpperCase(), params, value: line.slice(at + 1), line } : undefined
}

const splitParameter = (text: string): string[] =>
  (text.match(/(?:"[^"]*"|[^",])+|(?<=,)(?=,|$)|^(?=,|$)/g) ?? []).map((one) =>
    one
      .replaceAll('"', '')
      .replace(/\^(['^n])/g, (_, code: string) => (code === 'n' ? '\n' : code === '^' ? '^' : '"')),
  )

export const formatComponents = (components: readonly Component[]): string =>
  components.flatMap(linesOf).map(fold).join('')

const linesOf = ({ name, properties, components }: Component): string[] => [
  `BEGIN:${name}`,
  ...properties.map(({ line }) => line),
  ...components.flatMap(linesOf),
  `END:${name}`,
]

/** At most 75 octets, never within a character. */
function fold(line: string): string {
  if (line.length <= 25 || Buffer.byteLength(line) <= 75) return `${line}\r\n`
  let [folded, length] = ['', 0]
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (length + size > 75) {
      folded += '\r\n '
      length = 1
    }
    folded += character
    length += size
  }
  return `${folded}\r\n`
}

/** A property of ours. A parameter that is undefined is left out. */
export function property(
  name: string,
  value: string,
  params: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): Property {
  const given = Object.entries(params).flatMap(([key, one]) =>
    one === undefined ? [] : [[key, typeof one === 'string' ? [one] : one] as const],
  )
  const written = given.map(([key, values]) => `;${key}=${values.map(formatParameter).join(',')}`).join('')
  // A line end would begin another property.
  const safe = value.replaceAll(/[\r\n]+/g, ' ')
  return { name, params: Object.fromEntries(given), value: safe, line: `${name}${written}:${safe}` }
}

/** RFC 6868. */
function formatParameter(value: string): string {
  const safe = value.replace(/\r\n|[\r\n"^]/g, (one) => (one === '"' ? "^'" : one === '^' ? '^^' : '^n'))
  return /[,;:]/.test(safe) ? `"${safe}"` : safe
}

export const withParams = (
  { name, params, value }: Property,
  changes: Readonly<Record<string, string | undefined>>,
): Property => property(name, value, { ...params, ...changes })

/** RFC 5545 §3.3.11. */
export const escapeText = (text: string): string =>
  text.replace(/\r\n|[\r\n\\;,]/g, (one) => (/[\r\n]/.test(one) ? '\\n' : `\\${one}`))

export const unescapeText = (value: string): string =>
  value.replace(/\\([\\;,nN":])/g, (_, one: string) => (one === 'n' || one === 'N' ? '\n' : one))

/** The texts of a list, such as CATEGORIES. */
export const textsOf = (value: string): string[] =>
  (value.match(/(?:\\.|[^\\,])+/g) ?? []).map((one) => unescapeText(one).trim()).filter(Boolean)

export const firstOf = (component: Component, name: string): Property | undefined =>
  component.properties.find((one) => one.name === name)
export const allOf = (component: Component, name: string): Property[] =>
  component.properties.filter((one) => one.name === name)
export const textOf = (component: Component, name: string): string | undefined => {
  const found = firstOf(component, name)
  return found && unescapeText(found.value)
}

/** Puts a property in the place of those of its name, or takes them all away. */
export function setProperty(component: Component, name: string, ...wanted: readonly Property[]): void {
  const at = component.properties.findIndex((one) => one.name === name)
  const others = component.properties.filter((one) => one.name !== name)
  others.splice(at < 0 ? others.length : at, 0, ...wanted)
  component.properties = others
}
