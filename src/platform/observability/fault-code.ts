import { AppError } from '#platform/errors.ts'
import { connectionFaultOf } from '#platform/network/connection-fault.ts'

/**
 * A failure in one word out of a bounded set, for the labels of metrics and the attributes of spans: the code of an
 * AppError, what happened to a connection, or the kind of Error. Never its message, which may hold what is private.
 */
export function faultCodeOf(error: unknown): string {
  if (error instanceof AppError) return error.code
  const fault = connectionFaultOf(error)
  if (fault) return fault
  if (!(error instanceof Error)) return 'other'
  return knownNames.has(error.name) ? error.name : 'other'
}

const knownNames = new Set(['AbortError', 'TimeoutError', 'TypeError', 'RangeError', 'SyntaxError', 'AggregateError'])
