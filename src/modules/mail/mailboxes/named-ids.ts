const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** All that may be ids of things in a request: those of its address and query, and in JSON at any depth. */
export const idsNamedIn = ({ params, query, body }: { params: unknown; query: unknown; body: unknown }): string[] => [
  ...new Set([params, query, isPlain(body) ? body : undefined].flatMap(idsIn)),
]

/** Not a stream or bytes. */
const isPlain = (value: unknown): boolean =>
  Array.isArray(value) ||
  (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)

function idsIn(value: unknown): string[] {
  if (typeof value === 'string') return uuid.test(value) ? [value.toLowerCase()] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(idsIn)
}
