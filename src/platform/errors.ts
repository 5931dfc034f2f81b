/** What went wrong, in words that no transport knows; platform/http maps each kind to one status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'out_of_range'
  | 'unprocessable'
  | 'locked'
  | 'rate_limited'
  | 'unavailable'
  | 'upstream_unavailable'
  | 'upstream_timeout'
  | 'insufficient_storage'
  | 'internal'

/** One fault of a request: where it is and what is expected there. */
export type ErrorDetail = { path: string; message: string }

export type AppErrorOptions = { cause?: unknown; details?: readonly ErrorDetail[]; retryAfterSeconds?: number }

/**
 * A failure that its reader can act on. `code` is stable and documented; `message` is a whole sentence for people and
 * holds no secret and nothing that belongs to somebody else. Anything thrown that is no AppError is a defect: it is
 * logged with its stack and answers `internal_error`.
 */
export class AppError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly details: readonly ErrorDetail[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(kind: ErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.kind = kind
    this.code = code
    this.details = options.details
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** What only the operator can put right: `message` says what to do, to whoever started the program. */
export class OperatorError extends Error {}

/** The answer for what does not exist and, alike, for what belongs to somebody else. */
export const notFound = (what: string) =>
  new AppError('not_found', 'not_found', `There is no such ${what}, or it is not yours.`)
