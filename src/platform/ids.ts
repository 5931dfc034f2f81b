import { randomBytes } from 'node:crypto'
import { encodeTime } from 'ulid'
import { v7 } from 'uuid'

/** A new UUIDv7 (RFC 9562 §5.7): ids made later sort later, so that inserts stay at the right edge of an index. */
export const newId = (): string => v7()

/**
 * A request's trace id: `req_` and a ULID. Each request gets one: the random letters of 256 of them are drawn and
 * written at once, for each draw is a call into the kernel.
 */
export function newTraceId(): string {
  if (used === letters.length) {
    letters = randomLetters(256 * 16)
    used = 0
  }
  const now = Date.now()
  if (now !== stampedAt) {
    stampedAt = now
    stamp = `req_${encodeTime(now, 10)}`
  }
  used += 16
  return stamp + letters.slice(used - 16, used)
}

let letters = ''
let used = 0
let stampedAt = 0
let stamp = ''

/** Crockford's base 32: five bits of a byte each. */
const alphabet = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ')

function randomLetters(count: number): string {
  const bytes = randomBytes(count)
  for (const [at, byte] of bytes.entries()) bytes[at] = alphabet[byte & 31] ?? 0
  return bytes.toString('latin1')
}
