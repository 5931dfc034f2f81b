/** A header field with its name in lower case and its value unfolded (RFC 5322 §2.2.3). */
export type HeaderField = { name: string; value: string }

/** What a view needs of a header beyond what lists know. */
export const viewedHeaders = [
  ...['Received', 'Authentication-Results', 'List-Id', 'List-Unsubscribe', 'List-Unsubscribe-Post'],
]

const maxLength = 64_000
const maxFields = 300

/** The fields of a header in their order; what is none is left out. */
export function headerFields(header: string): HeaderField[] {
  const fields: HeaderField[] = []
  for (const line of header
    .slice(0, maxLength)
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon < 1 || fields.length === maxFields) continue
    fields.push({ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() })
  }
  return fields
}

/** The first field of that name. */
export const fieldOf = (fields: readonly HeaderField[], name: string): string | undefined =>
  fields.find((field) => field.name === name)?.value
