import type { FastifyReply } from 'fastify'
import { AppError } from '#platform/errors.ts'

/** Aborts when the client goes before it has all of its answer. */
export function abandonment(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      controller.abort(new AppError('invalid', 'client_closed_request', 'You closed the request.'))
  })
  return controller.signal
}
