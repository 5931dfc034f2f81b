import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError, type ErrorDetail, type ErrorKind } from '#platform/errors.ts'

/** The one place where a kind of failure becomes a status. */
export const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  unprocessable: 422,
  rate_limited: 429,
  internal: 500,
  upstream_unavailable: 502,
  unavailable: 503,
  upstream_timeout: 504,
}

export function handleErrors(http: FastifyInstance): void {
  http.setErrorHandler((error: FastifyError | AppError, request, reply) => {
    const known = toAppError(error)
    if (!known || known.kind === 'internal') {
      request.log.error({ err: error }, 'request failed')
      return send(request, reply, 500, 'internal_error', 'Something went wrong here. Please report the trace_id.')
    }
    const status = statusOfKind[known.kind]
    if (status >= 500) request.log.warn({ err: error, code: known.code }, 'request failed upstream')
    if (known.retryAfterSeconds !== undefined) reply.header('retry-after', Math.ceil(known.retryAfterSeconds))
    if (status === 401) reply.header('www-authenticate', `Bearer error="${known.code}"`)
    return send(request, reply, status, known.code, known.message, known.details)
  })
  http.setNotFoundHandler((request, reply) =>
    send(request, reply, 404, 'not_found', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`),
  )
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  details?: readonly ErrorDetail[],
) {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ code, message, trace_id: request.id, ...(details && { details }) })
}

function toAppError(error: FastifyError | AppError): AppError | undefined {
  if (error instanceof AppError) return error
  if (error.validation) return invalidRequest(error)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError(
      'invalid',
      'request_body_too_large',
      'The request body is larger than 256 KiB; send less at once.',
    )
  }
  if (typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500) {
    return new AppError('invalid', 'invalid_request_body', `The request is malformed: ${error.message}.`)
  }
}

function invalidRequest(error: FastifyError): AppError {
  const details = (error.validation ?? []).map(({ instancePath, message, params }) => {
    const pointer = instancePath.split('/').slice(1)
    const extra = params?.additionalProperty ?? params?.missingProperty
    const path = [error.validationContext ?? 'body', ...pointer, ...(typeof extra === 'string' ? [extra] : [])].join(
      '.',
    )
    if (params?.additionalProperty !== undefined) return { path, message: 'is not known here' }
    if (params?.missingProperty !== undefined) return { path, message: 'is missing' }
    return { path, message: message ?? 'is not valid' }
  })
  const first = details[0]
  const message = first ? `The request is not valid: ${first.path} ${first.message}.` : 'The request is not valid.'
  return new AppError('invalid', 'invalid_request_body', message, { details })
}
