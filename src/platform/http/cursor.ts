import { AppError } from '#platform/errors.ts'

/** An opaque cursor from the sort key of the last row of a page. */
export const encodeCursor = (key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

/**
 * A page of what a query found that was asked for one row more than `limit`: whether there is another page shows in it.
 * `keyOf` is the sort key of a row, which `decodeCursor` gives back; the id where nothing else is said.
 */
export function pageOfRows<Row extends { id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  keyOf?: (row: Row) => readonly (string | number)[],
): Page<Item>
export function pageOfRows<Row, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  keyOf: (row: Row) => readonly (string | number)[],
): Page<Item>
export function pageOfRows<Row extends { id?: string }, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
  keyOf = ({ id = '' }: Row): readonly (string | number)[] => [id],
): Page<Item> {
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    items: rows.slice(0, limit).map((row) => present(row)),
    next_cursor: last ? encodeCursor(keyOf(last)) : null,
  }
}

type Page<Item> = { items: Item[]; next_cursor: string | null }

/** What a part of a sort key may be. `time` is RFC 3339 in UTC with microseconds, as PostgreSQL keeps them. */
export type CursorPart = 'string' | 'number' | 'uuid' | 'time'

/**
 * The sort key in a cursor; `shape` tells the form of each part. What it answers is safe to hand to PostgreSQL.
 * @throws AppError `invalid_request_body` for anything that encodeCursor did not make.
 */
export function decodeCursor<const Shape extends readonly CursorPart[]>(
  cursor: string,
  shape: Shape,
): { [Index in keyof Shape]: Shape[Index] extends 'number' ? number : string } {
  const key = parse(cursor)
  const fits = Array.isArray(key) && key.length === shape.length && shape.every((part, at) => isOf[part](key[at]))
  if (!fits) throw invalidCursor()
  return key as never
}

const isOf: Readonly<Record<CursorPart, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string' && !value.includes('\0') && value.isWellFormed(),
  number: (value) => Number.isSafeInteger(value),
  uuid: (value) => typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value),
  time: (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value) &&
    value >= '0001' &&
    new Date(value).toJSON()?.slice(0, 19) === value.slice(0, 19),
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw invalidCursor()
  }
}

const invalidCursor = () =>
  new AppError('invalid', 'invalid_request_body', 'The cursor is not one of ours; start again without it.', {
    details: [{ path: 'querystring.cursor', message: 'must be the next_cursor of an earlier answer' }],
  })
