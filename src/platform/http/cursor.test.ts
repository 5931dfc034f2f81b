import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/harness/properties.ts'
import { AppError } from '../errors.ts'
import { newId } from '../ids.ts'
import { type CursorPart, decodeCursor, encodeCursor } from './cursor.ts'

const time = '2026-01-31T23:59:59.123456Z'
const shape = ['time', 'uuid', 'number', 'string'] as const

function assertRefused(cursor: string, parts: readonly CursorPart[] = shape): void {
  assert.throws(
    () => decodeCursor(cursor, parts),
    (error: AppError) => {
      assert.ok(error instanceof AppError)
      assert.deepEqual([error.kind, error.code], ['invalid', 'invalid_request_body'])
      assert.equal(error.details?.[0]?.path, 'querystring.cursor')
      return true
    },
  )
}

test('a sort key comes back as it was', () => {
  const key = [time, newId(), -5, 'Grüße/"x"'] as const
  assert.deepEqual(decodeCursor(encodeCursor(key), shape), key)
})

test('a cursor is safe in a URL', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.match(encodeCursor([text, 1]), /^[\w-]+$/)))
})

test('whatever is no cursor of this list is refused, never an internal error', () => {
  fc.assert(fc.property(fc.string(), (text) => assertRefused(text)))
  fc.assert(
    fc.property(fc.jsonValue(), (value) => assertRefused(Buffer.from(JSON.stringify(value)).toString('base64url'))),
  )
})

test('a cursor of another list or of too many parts is refused', () => {
  assertRefused(encodeCursor([time]))
  assertRefused(encodeCursor([newId(), time, 1, 'x']))
  assertRefused(encodeCursor([time, newId(), 1, 'x', 'y']))
})

test('what PostgreSQL would choke on is refused before it gets there', () => {
  const forged: [CursorPart, string | number][] = [
    ['uuid', 'not-a-uuid'],
    ['uuid', newId().slice(1)],
    ['time', 'yesterday'],
    ['time', '2026-02-30T00:00:00.000000Z'],
    ['time', '0000-01-01T00:00:00.000000Z'],
    ['time', '2026-01-01T00:00:00Z'],
    ['number', 1.5],
    ['number', 1e300],
    ['number', '1'],
    ['string', 'nul\0byte'],
    ['string', '\ud800'],
  ]
  for (const [part, value] of forged) assertRefused(encodeCursor([value]), [part])
  assertRefused(Buffer.from('[1e999]').toString('base64url'), ['number'])
})
