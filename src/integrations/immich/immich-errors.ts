import { type UpstreamSystem, upstreamFailures } from '#integrations/upstream/upstream-failures.ts'
import { AppError, notFound } from '#platform/errors.ts'

export const immich: UpstreamSystem = { id: 'immich', name: 'Immich', busyCode: 'photos.busy' }

/** What every route that stands on Immich may answer beside its own, for `config.errors`. */
export const immichErrors: Readonly<Record<number, readonly string[]>> = {
  403: ['photos.permission_missing'],
  404: ['not_found'],
  409: ['photos.link_required', 'photos.key_refused', 'photos.account_exists', 'photos.no_email'],
  502: ['upstream_unavailable', 'photos.misconfigured', 'photos.unsupported_version'],
  503: ['photos.busy', 'photos.maintenance'],
  504: ['upstream_timeout'],
}

/** `immichErrors` with further codes of a route. */
export function withImmichErrors(own: Readonly<Record<number, readonly string[]>>): Record<number, readonly string[]> {
  const statuses = new Set([...Object.keys(immichErrors), ...Object.keys(own)].map(Number))
  return Object.fromEntries(
    [...statuses].map((status) => [status, [...(immichErrors[status] ?? []), ...(own[status] ?? [])]]),
  )
}

/**
 * The one place where an answer of Immich becomes an error of ours. What it said goes to the log as the cause, never to
 * the client: it may name what belongs to others.
 */
export function immichErrorOf({ status, text }: { status: number; text: string }): AppError {
  const said = saidIn(text)
  const options = { cause: new Error(`Immich ${status} ${said}`.trim().slice(0, 300)) }
  const make = (kind: AppError['kind'], code: string, message: string, more = {}) =>
    new AppError(kind, code, message, { ...options, ...more })
  // Immich answers 400 for what is not there, or not theirs, and for an account that is full.
  if (status === 400 && /quota/i.test(said)) return full(make)
  if (status === 400 && /unsupported file/i.test(said)) return unsupported(make)
  if (status === 400 && /not found|access/i.test(said)) return missing(options)
  switch (status) {
    case 400:
    case 422:
      return make('invalid', 'invalid_request_body', 'Immich does not take this; check the values that you sent.')
    case 401:
      return /^(invalid password|password required)/i.test(said) ? passwordRequired(make) : keyRefused(options.cause)
    case 403:
      return forbidden(said, make, options)
    case 404:
      return missing(options)
    case 413:
      return make('unprocessable', 'photos.too_large', 'This file is larger than Immich takes.')
    case 415:
      return unsupported(make)
    case 503:
      return make('unavailable', 'photos.maintenance', 'Immich is being maintained; try again later.', {
        retryAfterSeconds: 60,
      })
    case 507:
      return full(make)
    default:
      return make('upstream_unavailable', 'upstream_unavailable', 'Immich could not do this; try again in a moment.')
  }
}

type Make = (kind: AppError['kind'], code: string, message: string, more?: object) => AppError

const full = (make: Make) =>
  make('insufficient_storage', 'quota_exceeded', 'There is no room left for photos; delete some or ask for more.')

const unsupported = (make: Make) =>
  make('unprocessable', 'photos.unsupported_format', 'Immich does not know this kind of file.')

const missing = (options: { cause: unknown }) => {
  const { kind, code, message } = notFound('photo, album or person')
  return new AppError(kind, code, message, options)
}

function forbidden(said: string, make: Make, options: { cause: unknown }): AppError {
  const [, permission] = /permission:? ([a-zA-Z]+\.[a-zA-Z]+)/i.exec(said) ?? []
  if (permission === undefined) return missing(options)
  return make(
    'forbidden',
    'photos.permission_missing',
    `The API key that you linked lacks the permission ${permission}; link another that has it.`,
  )
}

/** Of a shared link. */
const passwordRequired = (make: Make) =>
  make('forbidden', 'photos.password_required', 'This link wants a password: send it to its address, /unlocking.')

/** The message of Immich 2 (a text or a list) and of 3. */
function saidIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    return Array.isArray(message) ? message.join(' ') : String(message ?? '')
  } catch {
    return ''
  }
}

export const keyRefused = (cause?: unknown) =>
  new AppError(
    'conflict',
    'photos.key_refused',
    'Immich no longer takes the API key by which Ulti acts for you; link another by PUT /api/v1/photos/account.',
    { cause },
  )

/** Immich that does not answer as it should, as errors of ours. */
export const { unreadable } = upstreamFailures(immich)
