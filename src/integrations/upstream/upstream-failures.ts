import { errors } from 'undici'
import { AppError } from '#platform/errors.ts'
import { connectionFaultOf } from '#platform/network/connection-fault.ts'
import type { Call } from '#platform/observability/upstreams.ts'

/** How a system beside us is called: `id` in metrics and traces, `name` in sentences, `busyCode` when too many wait for it. */
export type UpstreamSystem = { id: Call<unknown>['system']; name: string; busyCode: string }

/** What becomes of a system that does not answer as it should, as errors of ours. */
export function upstreamFailures({ name, busyCode }: UpstreamSystem) {
  const away = (cause?: unknown) =>
    new AppError('upstream_unavailable', 'upstream_unavailable', `${name} does not answer; try again in a moment.`, {
      cause,
      retryAfterSeconds: 5,
    })
  return {
    away,

    /** An answer that no such system gives. */
    unreadable: (cause: unknown) =>
      new AppError(
        'upstream_unavailable',
        'upstream_unavailable',
        `${name} gave an answer that cannot be read; try again in a moment.`,
        { cause },
      ),

    busy: () =>
      new AppError('unavailable', busyCode, `${name} has too much to do; try again in a few seconds.`, {
        retryAfterSeconds: 5,
      }),

    /** A failure of the connection as an error of ours; anything else as it is. */
    of(error: unknown): unknown {
      if (isTimeout(error)) {
        const message = `${name} took too long to answer; try again in a moment.`
        return new AppError('upstream_timeout', 'upstream_timeout', message, { cause: error })
      }
      return isAway(error) ? away(error) : error
    },
  }
}

/** Whether the system is away or silent, as opposed to our own abort or a defect. */
export const isAway = (error: unknown): boolean =>
  isTimeout(error) || connectionFaultOf(error) !== undefined || error instanceof errors.SocketError

const isTimeout = (error: unknown): boolean =>
  error instanceof errors.HeadersTimeoutError ||
  error instanceof errors.BodyTimeoutError ||
  error instanceof errors.ConnectTimeoutError
