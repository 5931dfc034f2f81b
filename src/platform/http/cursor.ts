import { AppError } from '#platform/errors.ts'

/** An opaque cursor from the sort key of the last row of a page. */
export const encodeCursor = (key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

/**
 * The sort key in a cursor; `shape` tells the type of each part.
 * @throws AppError `invalid_request_body` for anything that encodeCursor did not make.
 */
export function decodeCursor<const Shape extends readonly ('string' | 'number')[]>(
  cursor: string,
  shape: Shape,
): { [Index in keyof Shape]: Shape[Index] extends 'string' ? string : number } {
  const key = parse(cursor)
  const fits =
    Array.isArray(key) && key.length === shape.length && shape.every((type, index) => typeof key[index] === type)
  if (!fits) throw invalidCursor()
  return key as never
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
