import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '#platform/errors.ts'
import { csrfTokenOf } from './session-cookie.ts'

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser sends its cookies with requests of any page. Writes count only when a page of ours sends them: the Origin
 * is one of `origins` and X-CSRF-Token has the value that belongs to the session. A WebSocket handshake, in which no
 * page can set a header, must have the Origin.
 * @throws AppError `auth.csrf`
 */
export function requireOwnPage(
  request: { method: string; headers: IncomingHttpHeaders },
  secret: Buffer,
  origins: ReadonlySet<string>,
): void {
  const isSocket = request.headers.upgrade !== undefined
  if (readingMethods.has(request.method) && !isSocket) return
  const isOwn = origins.has(request.headers.origin ?? '')
  if (isOwn && (isSocket || isSame(request.headers['x-csrf-token'], csrfTokenOf(secret)))) return
  throw new AppError(
    'forbidden',
    'auth.csrf',
    'The request does not come from a page of this service: send X-CSRF-Token with the csrf_token of ' +
      'GET /api/v1/account/session, from an allowed origin.',
  )
}

function isSame(given: string | string[] | undefined, expected: string): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}
