import { ulid } from 'ulid'
import { v7 } from 'uuid'

/** A new UUIDv7 (RFC 9562 §5.7): ids made later sort later, so that inserts stay at the right edge of an index. */
export const newId = (): string => v7()

/** A request's trace id: `req_` and a ULID. */
export const newTraceId = (): string => `req_${ulid()}`
