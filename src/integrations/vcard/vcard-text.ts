/** RFC 6350 §3.4: what stands for a character in a text value. */
export const escapeText = (text: string): string =>
  text.replace(/\r\n?|[\n\\,;]/g, (one) => (one === '\\' || one === ',' || one === ';' ? `\\${one}` : '\\n'))

export const unescapeText = (value: string): string =>
  value.replace(/\\([\s\S])/g, (_, one: string) => (one === 'n' || one === 'N' ? '\n' : one))

/** The parts of a value between separators that are not escaped, each still escaped. */
export function splitEscaped(value: string, separator: ';' | ','): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === separator) {
      parts.push(value.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, value.slice(start)]
}

/** The items of a list, as texts. */
export const readList = (value: string): string[] =>
  splitEscaped(value, ',')
    .map((item) => unescapeText(item).trim())
    .filter(Boolean)

/** The components of a structured value (N, ADR, ORG), each still escaped. */
export const readComponents = (value: string): string[] => splitEscaped(value, ';')

/** One component as a text; its own list is joined. */
export const readComponent = (component: string | undefined, glue: string): string =>
  readList(component ?? '').join(glue)
