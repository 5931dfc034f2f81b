/**
 * Arrays as PostgreSQL takes them in binary form, for parameters of batches: `unnest(${uuids(ids)}::uuid[], …)`. Texts
 * are copied once instead of being escaped, scanned and parsed; thousands of rows are written several times as quick.
 */

type Value<T> = readonly (T | null)[]

const oid = {
  boolean: 16,
  bigint: 20,
  smallint: 21,
  text: 25,
  timestamptz: 1184,
  uuid: 2950,
  tsvector: 3614,
  jsonb: 3802,
}

export const texts = (values: Value<string>): Buffer => arrayOf(oid.text, values, writeText)
export const uuids = (values: Value<string>): Buffer => arrayOf(oid.uuid, values, writeUuid)
export const booleans = (values: Value<boolean>): Buffer => arrayOf(oid.boolean, values, writeBoolean)
export const smallints = (values: Value<number>): Buffer => arrayOf(oid.smallint, values, writeSmallint)
/** Integers up to 2^53. */
export const bigints = (values: Value<number>): Buffer => arrayOf(oid.bigint, values, writeBigint)
export const timestamps = (values: Value<Date>): Buffer => arrayOf(oid.timestamptz, values, writeTimestamp)
/** JSON texts. */
export const jsonbs = (values: Value<string>): Buffer => arrayOf(oid.jsonb, values, writeJsonb)
/** In the binary form of a tsvector. */
export const tsvectors = (values: Value<Uint8Array>): Buffer => arrayOf(oid.tsvector, values, writeBytes)

/** A text[] as a text, for columns whose rows hold arrays: cast to text[] behind `unnest`. */
export function arrayLiteral(values: readonly string[]): string {
  if (values.length === 0) return '{}'
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}

/** Grows by doubling and is used again: every batch needs one, for less than a millisecond. */
let scratch = Buffer.allocUnsafe(64 * 1024)
const maxKeptBytes = 4 * 1024 * 1024

function arrayOf<T>(type: number, values: Value<T>, write: (value: T, at: number) => number): Buffer {
  ensure(20)
  // One dimension, no bounds but the usual one.
  scratch.writeInt32BE(1, 0)
  scratch.writeInt32BE(1, 4)
  scratch.writeInt32BE(type, 8)
  scratch.writeInt32BE(values.length, 12)
  scratch.writeInt32BE(1, 16)
  let at = 20
  for (const value of values) {
    ensure(at + 4)
    const end = value === null ? at + 4 : write(value, at + 4)
    scratch.writeInt32BE(value === null ? -1 : end - at - 4, at)
    at = end
  }
  // In memory of its own, which a thread can give away.
  const array = Buffer.allocUnsafeSlow(at)
  scratch.copy(array, 0, 0, at)
  if (scratch.length > maxKeptBytes) scratch = Buffer.allocUnsafe(64 * 1024)
  return array
}

function ensure(length: number): void {
  if (length <= scratch.length) return
  const larger = Buffer.allocUnsafe(Math.max(length, 2 * scratch.length))
  scratch.copy(larger)
  scratch = larger
}

function writeText(value: string, at: number): number {
  ensure(at + 3 * value.length)
  return at + scratch.write(value, at, 'utf8')
}

function writeUuid(value: string, at: number): number {
  ensure(at + 16)
  scratch.write(value.replaceAll('-', ''), at, 'hex')
  return at + 16
}

function writeBoolean(value: boolean, at: number): number {
  ensure(at + 1)
  scratch[at] = value ? 1 : 0
  return at + 1
}

function writeSmallint(value: number, at: number): number {
  ensure(at + 2)
  return scratch.writeInt16BE(value, at)
}

function writeBigint(value: number, at: number): number {
  ensure(at + 8)
  scratch.writeInt32BE(Math.floor(value / 2 ** 32), at)
  return scratch.writeUInt32BE(value - Math.floor(value / 2 ** 32) * 2 ** 32, at + 4)
}

/** Microseconds since 2000. */
const writeTimestamp = (value: Date, at: number) => writeBigint((value.getTime() - 946_684_800_000) * 1000, at)

function writeJsonb(value: string, at: number): number {
  ensure(at + 1)
  // The version of the format.
  scratch[at] = 1
  return writeText(value, at + 1)
}

function writeBytes(value: Uint8Array, at: number): number {
  ensure(at + value.length)
  scratch.set(value, at)
  return at + value.length
}
