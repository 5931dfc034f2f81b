import type { ByteRange } from './objects.ts'

const segment = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}'
const keyPattern = new RegExp(`^${segment}(/${segment})*$`)
const prefixPattern = new RegExp(`^(${segment}/)*(${segment})?$`)
const maxLength = 512

/** True for what may be a segment of a key; names that begin with a dot are the store's own. */
export const isSegment = (name: string) => keyPattern.test(name) && !name.includes('/')

/** @throws Error unless `key` is one: no other form, above all no `..`, ever becomes part of a path. */
export function checkKey(key: string): void {
  if (!keyPattern.test(key) || key.length > maxLength) throw new Error(`Not an object key: ${JSON.stringify(key)}`)
}

/** @throws Error unless a key may begin with `prefix`. */
export function checkPrefix(prefix: string): void {
  if (!prefixPattern.test(prefix) || prefix.length > maxLength) {
    throw new Error(`Not a prefix of object keys: ${JSON.stringify(prefix)}`)
  }
}

/** @throws RangeError for anything but whole numbers from 0 with `start` not behind `end`. */
export function checkRange(range: ByteRange | undefined): void {
  if (!range) return
  const { start, end = start } = range
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new RangeError(`Not a range of bytes: ${start} to ${end}`)
  }
}

/** @throws RangeError unless `limit` is a whole number from 1 to 1,000. */
export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError(`Not a page size: ${limit}`)
}
