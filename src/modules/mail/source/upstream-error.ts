import { AppError } from '#platform/errors.ts'

/**
 * A failure of a mail server while a person waits for what lies there. Ours (`not_found`, a defect) stay what they are;
 * that the account's password no longer works, say, is told by the account and not here.
 */
export function toUpstreamError(error: unknown): unknown {
  if (error instanceof AppError) {
    if (error.code === 'mail.timeout') return upstreamTimeout(error)
    return error.kind === 'unprocessable' ? upstreamUnavailable(error) : error
  }
  return isConnectionError(error) ? upstreamUnavailable(error) : error
}

export const upstreamTimeout = (cause?: unknown) =>
  new AppError('upstream_timeout', 'upstream_timeout', 'The mail server took too long to answer; try again later.', {
    cause,
  })

const upstreamUnavailable = (cause: unknown) =>
  new AppError(
    'upstream_unavailable',
    'upstream_unavailable',
    'The mail server cannot be reached or does not answer as expected; try again later.',
    { cause },
  )

/** imapflow's errors, and those of sockets, carry a code or the server's answer; a defect of ours is a bare Error. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TypeError) return false
  const { code, responseStatus } = error as { code?: unknown; responseStatus?: unknown }
  return typeof code === 'string' || typeof responseStatus === 'string'
}
