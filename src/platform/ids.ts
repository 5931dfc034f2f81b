import { randomFillSync } from 'node:crypto'
import { ulid } from 'ulid'
import { v7 } from 'uuid'

/** A new UUIDv7 (RFC 9562 §5.7): ids made later sort later, so that inserts stay at the right edge of an index. */
export const newId = (): string => v7()

/** A request's trace id: `req_` and a ULID. */
export const newTraceId = (): string => `req_${ulid(undefined, nextRandom)}`

// A ULID asks for sixteen random numbers, each a call into the kernel unless they are drawn by the thousand.
const pool = new Uint8Array(4096)
let used = pool.length

function nextRandom(): number {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return (pool[used++] ?? 0) / 256
}
