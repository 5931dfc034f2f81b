import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import { AppError } from '#platform/errors.ts'

/** The headers of a write that may be bound to a version (RFC 9110 §13.1). */
export const conditionalHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 1000, description: 'The ETag of the version that you have seen; another answers 412.' }),
  ),
  'if-none-match': Type.Optional(
    Type.String({ pattern: '^\\*$', examples: ['*'], description: '`*`: only when there is none yet.' }),
  ),
})

/** A strong validator of what is answered. */
export const etagOf = (body: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`

/** Whether an If-Match header allows a write to the version `etag`; undefined is a resource that is not there. */
export function isMatch(ifMatch: string | undefined, etag: string | undefined): boolean {
  if (ifMatch === undefined) return true
  if (etag === undefined) return false
  return ifMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim() === etag)
}

export const etagMismatch = () =>
  new AppError('precondition_failed', 'etag_mismatch', 'etag does not match current resource version')
