import { AppError } from '#platform/errors.ts'

/** The database is away for the moment: whoever asks may ask again. */
export const databaseAway = (cause: unknown) =>
  new AppError('unavailable', 'unavailable', 'The database does not answer; try again in a moment.', {
    cause,
    retryAfterSeconds: 2,
  })

/**
 * True for the end of a connection in the middle of a query: SQLSTATE class 08 (connection exception), 57P01 to 57P03
 * (PostgreSQL stops, crashed or starts), or the driver's own word for a socket that closed.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') return /^(08...|57P0[123])$/.test(code)
  return /^(Connection terminated|Client has encountered a connection error)/.test(error.message)
}

/** The socket broke below a query, as when the server ends a connection that was idle in the pool. */
export const isSocketBroken = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE'].includes((error as { code?: string } | null)?.code ?? '')
