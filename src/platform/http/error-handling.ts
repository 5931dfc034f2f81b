import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { databaseAway, isConnectionLost } from '#platform/database/outage.ts'
import { AppError, type ErrorDetail, type ErrorKind } from '#platform/errors.ts'

/** The one place where a kind of failure becomes a status. */
const statusOfKind: Readonly<Record<ErrorKind, number>> = {
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
  http.setErrorHandler(answerError)
  http.setNotFoundHandler((request, reply) =>
    send(request, reply, 404, 'not_found', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`),
  )
}

/** The answer to anything thrown; what is no AppError and no fault of the request is a defect and tells nothing. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const known = toAppError(error)
  if (!known || known.kind === 'internal') {
    request.log.error({ err: error }, 'request failed')
    return send(request, reply, 500, 'internal_error', 'Something went wrong here. Please report the trace_id.')
  }
  const status = statusOfKind[known.kind]
  if (status >= 500) request.log.warn({ err: error, code: known.code }, 'request failed upstream')
  if (known.retryAfterSeconds !== undefined) reply.header('retry-after', Math.ceil(known.retryAfterSeconds))
  if (status === 401) reply.header('www-authenticate', challengeOf(known))
  return send(request, reply, status, known.code, known.message, known.details)
}

/** RFC 6750 §3.1: a request without a token is told the scheme only. */
const challengeOf = ({ code }: AppError): string =>
  code === 'auth.missing_token' ? 'Bearer' : 'Bearer error="invalid_token"'

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
    .header('x-request-id', request.id)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ code, message, trace_id: request.id, ...(details && { details }) })
}

function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error
  if (isConnectionLost(error)) return databaseAway(error)
  if (!isFastifyError(error)) return undefined
  if (error.validation) return invalidRequest(error)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError(
      'invalid',
      'request_body_too_large',
      'The request body is larger than 256 KiB; send less at once.',
    )
  }
  if ((error.statusCode ?? 500) >= 500) return undefined
  const { path, message } = malformed[error.code] ?? { path: 'request', message: 'is malformed' }
  return new AppError('invalid', 'invalid_request_body', `The request is not valid: ${path} ${message}.`, {
    details: [{ path, message }],
  })
}

/** Fastify's own errors only: those of upstream clients bear a statusCode too, and their words must not leak. */
const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error &&
  ('validation' in error || (error as { code?: unknown }).code?.toString().startsWith('FST_ERR_') === true)

const malformed: Readonly<Record<string, ErrorDetail>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { path: 'body', message: 'is not valid JSON' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { path: 'body', message: 'is empty although its content type is JSON' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { path: 'headers.content-type', message: 'must be application/json' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { path: 'headers.content-length', message: 'does not match the body' },
  FST_ERR_BAD_URL: { path: 'url', message: 'is not a valid URL path' },
  FST_ERR_MAX_PARAM_LENGTH: { path: 'url', message: 'is too long' },
}

function invalidRequest(error: FastifyError): AppError {
  const faults = error.validation ?? []
  const choices = faults.filter(({ keyword }) => keyword === 'const').map(({ params }) => String(params.allowedValue))
  // The arms of a union each say which value they want; what the reader wants is the list of them.
  const told = choices.length > 0 ? faults.filter(({ keyword }) => keyword === 'const').slice(0, 1) : faults
  const details = told.map(({ instancePath, keyword, message, params }) => {
    const pointer = instancePath.split('/').slice(1).map(unescapePointer)
    const extra = params?.additionalProperty ?? params?.missingProperty
    const path = [error.validationContext ?? 'body', ...pointer, ...(typeof extra === 'string' ? [extra] : [])].join(
      '.',
    )
    if (params?.additionalProperty !== undefined) return { path, message: 'is not known here' }
    if (params?.missingProperty !== undefined) return { path, message: 'is missing' }
    if (choices.length > 0) return { path, message: `must be one of ${choices.join(', ')}` }
    return {
      path,
      message: expectations[`${keyword} ${params?.format ?? params?.limit ?? ''}`] ?? message ?? 'is not valid',
    }
  })
  const first = details[0]
  const message = first ? `The request is not valid: ${first.path} ${first.message}.` : 'The request is not valid.'
  return new AppError('invalid', 'invalid_request_body', message, { details })
}

/** What the validator says in its own terms, said for people. */
const expectations: Readonly<Record<string, string>> = {
  'format uuid': 'must be an id, as an earlier answer gave it',
  'format email': 'must be an e-mail address',
  'minLength 1': 'must not be empty',
  'minItems 1': 'must not be empty',
}

/** RFC 6901 §4. */
const unescapePointer = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')
