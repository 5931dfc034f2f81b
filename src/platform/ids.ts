import { randomBytes } from 'node:crypto'
import { encodeTime } from 'ulid'
import { v7 } from 'uuid'

/** A new UUIDv7 (RFC 9562 §5.7): ids made later sort later, so that inserts stay at the right edge of an index. */
export const newId = (): string => v7()

/**
 * A request's trace id: `req_` and a ULID. Each request gets one, so only the first of a millisecond draws letters by
 * chance, and those after it count on, as ULIDs do to stay in order.
 */
export function newTraceId(): string {
  const now = Date.now()
  if (now !== stampedAt || count === pairs.length ** 2) {
    stampedAt = now
    count = 0
    stamp = `req_${encodeTime(now, 10)}${randomLetters(12)}`
  }
  const [high, low] = [pairs[Math.trunc(count / pairs.length)], pairs[count % pairs.length]]
  count++
  return `${stamp}${high}${low}`
}

/** Crockford's base 32. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const pairs = [...alphabet].flatMap((first) => [...alphabet].map((second) => first + second))

let count = 0
let stampedAt = 0
let stamp = ''

/** Drawn a thousand at a time: each draw is a call into the kernel. */
function randomLetters(length: number): string {
  if (used + length > letters.length) {
    letters = Array.from(randomBytes(1024), (byte) => alphabet[byte & 31]).join('')
    used = 0
  }
  used += length
  return letters.slice(used - length, used)
}

let letters = ''
let used = 0
