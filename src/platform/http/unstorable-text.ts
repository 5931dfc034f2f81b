/**
 * The path of the first text in a parsed JSON value that PostgreSQL cannot keep: with a NUL, or with half of a surrogate
 * pair. Undefined when there is none. Walks without recursion: JSON nests deeper than a stack reaches.
 */
export function findUnstorableText(value: unknown, name: string): string | undefined {
  if (isEmpty(value)) return undefined
  const pending: [path: string, value: unknown][] = [[name, value]]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [path, item] = next
    if (typeof item === 'string' && !isStorable(item)) return path
    if (!Array.isArray(item) && !isPlainObject(item)) continue
    for (const [key, child] of Object.entries(item)) {
      if (!isStorable(key)) return path
      pending.push([`${path}.${key}`, child])
    }
  }
}

/** Most requests have neither query nor body; what has nothing needs no walk. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object') return value === undefined
  for (const _member in value) return false
  return true
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** Not a stream or a buffer, which a body may be as well. Query parameters have no prototype. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null
}
