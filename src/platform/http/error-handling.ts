import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { databaseAway, isConnectionLost } from '#platform/database/outage.ts'
import { AppError, type ErrorDetail, type ErrorKind } from '#platform/errors.ts'
import { detailsOf, type Fault } from './request-faults.ts'
import { createRouteTable } from './route-table.ts'

/** The one place where a kind of failure becomes a status. */
const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  out_of_range: 416,
  unprocessable: 422,
  locked: 423,
  rate_limited: 429,
  internal: 500,
  upstream_unavailable: 502,
  unavailable: 503,
  upstream_timeout: 504,
  insufficient_storage: 507,
}

/** To be called before any route is added. */
export function handleErrors(http: FastifyInstance): void {
  const table = createRouteTable(http)
  http.setErrorHandler((error, request, reply) => {
    // `GET /accounts/discovery`, which only POST takes, is a GET of the account `discovery` to the router.
    const isOfPath = isFastifyError(error) && error.validationContext === 'params'
    const methods = isOfPath ? table.methodsAt(pathOf(request), request.routeConfig.url) : []
    return methods.length > 0 ? refuseMethod(request, reply, methods) : answerError(error, request, reply)
  })
  http.setNotFoundHandler((request, reply) => {
    const methods = table.methodsAt(pathOf(request))
    if (methods.length > 0) return refuseMethod(request, reply, methods)
    return send(request, reply, 404, 'not_found', `There is nothing at ${request.method} ${pathOf(request)}.`)
  })
}

const pathOf = ({ url }: FastifyRequest): string => url.split('?')[0] ?? ''

/** RFC 9110 §15.5.6. */
function refuseMethod(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]) {
  reply.header('allow', methods.join(', '))
  const message = `${request.method} is not possible at ${pathOf(request)}; use ${methods.join(' or ')}.`
  return send(request, reply, 405, 'method_not_allowed', message)
}

/** The answer to anything thrown; what is no AppError and no fault of the request is a defect and tells nothing. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const known = toAppError(error, request.routeOptions)
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
  code.endsWith('_device_password') ? 'Basic realm="Ulti", charset="UTF-8"' : bearerChallengeOf(code)

const bearerChallengeOf = (code: string): string =>
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

type Route = FastifyRequest['routeOptions']

/** What Fastify's own errors arise from before a route is known. */
const defaultBodyLimit = 256 * 1024

function toAppError(error: unknown, { bodyLimit = defaultBodyLimit, config }: Route): AppError | undefined {
  if (error instanceof AppError) return error
  if (isConnectionLost(error)) return databaseAway(error)
  if (!isFastifyError(error)) return undefined
  if (error.validation) return invalidRequest(error)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError(
      'invalid',
      'request_body_too_large',
      `The request body is larger than ${bodyLimit / 1024} KiB; send less at once.`,
    )
  }
  if ((error.statusCode ?? 500) >= 500) return undefined
  const faults = config?.isUpload ? malformedUpload : malformed
  const { path, message } = faults[error.code] ?? { path: 'request', message: 'is malformed' }
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
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { path: 'headers.content-type', message: 'must be application/json' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { path: 'headers.content-length', message: 'does not match the body' },
  FST_ERR_BAD_URL: { path: 'url', message: 'is not a valid URL path' },
  FST_ERR_MAX_PARAM_LENGTH: { path: 'url', message: 'is too long' },
}

/** Files come under any type. */
const malformedUpload: typeof malformed = {
  ...malformed,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    path: 'headers.content-type',
    message: 'must be a media type; application/octet-stream is one for any file',
  },
}

function invalidRequest(error: FastifyError): AppError {
  const details = detailsOf((error.validation ?? []) as Fault[], error.validationContext ?? 'body')
  const [first] = details
  const message = first ? `The request is not valid: ${first.path} ${first.message}.` : 'The request is not valid.'
  return new AppError('invalid', 'invalid_request_body', message, { details })
}
