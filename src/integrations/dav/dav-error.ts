import { AppError } from '#platform/errors.ts'
import { childOf, parseXml } from './xml.ts'

/** What a failure came as; `said` is the server's own word for it where `text` is no DAV document. */
export type DavFailure = { status: number; headers: Readonly<Record<string, string>>; text: string; said?: string }

/**
 * The one place where an answer of Nextcloud, or of any other WebDAV server, becomes an error of ours. What the server
 * said goes to the log as its cause, never to the client.
 */
export function davErrorOf({ status, headers, text, said: words }: DavFailure): AppError {
  const said = words === undefined ? exceptionOf(text) : { name: 'OCS', message: words }
  const options = { cause: new Error(`DAV ${status} ${said.name} ${said.message}`.trim().slice(0, 500)) }
  const make = (kind: AppError['kind'], code: string, message: string, more = {}) =>
    new AppError(kind, code, message, { ...options, ...more })
  switch (status) {
    case 400:
      return make('invalid', 'invalid_name', 'The server does not take this name or content; change it.')
    case 401:
      return make(
        'upstream_unavailable',
        'nextcloud.sign_in_failed',
        'Nextcloud does not take our word for you; tell your administrator, who can run "ultid doctor".',
      )
    case 403:
      return make(
        'forbidden',
        'nextcloud.forbidden',
        'You may not do this here: whoever shared it with you did not allow it, or it cannot be done.',
      )
    case 404:
      return make('not_found', 'not_found', 'There is no such thing, or it is not yours.')
    case 405:
      return make('conflict', 'already_exists', 'There is something of this name already; choose another.')
    case 409:
      return make('conflict', 'parent_not_found', 'The folder in which this should be does not exist; make it first.')
    case 412:
      return make('precondition_failed', 'etag_mismatch', 'etag does not match current resource version')
    case 413:
      return make('unprocessable', 'too_large', 'This is larger than the server takes at once.')
    case 415:
      return make('unprocessable', 'unsupported_content', 'The server cannot read this content.')
    case 416:
      return make('out_of_range', 'range_not_satisfiable', 'The content is shorter than the range that was asked for.')
    case 423:
      return make('locked', 'locked', 'Somebody else holds this locked; try again when they are done.', {
        retryAfterSeconds: 10,
      })
    case 429:
      return make('unavailable', 'nextcloud.throttled', 'Nextcloud answers no more for the moment; try again later.', {
        retryAfterSeconds: retryAfterOf(headers, 30),
      })
    case 503:
      return unavailable(said, headers, make)
    case 504:
      return make('upstream_timeout', 'upstream_timeout', 'Nextcloud took too long to answer; try again in a moment.')
    case 507:
      return make('insufficient_storage', 'quota_exceeded', 'There is no room left; delete something or ask for more.')
    default:
      return make('upstream_unavailable', 'upstream_unavailable', 'Nextcloud could not do this; try again in a moment.')
  }
}

type Said = { name: string; message: string }
type Make = (kind: AppError['kind'], code: string, message: string, more?: object) => AppError

/** A disabled account and maintenance both answer 503; `s:exception` tells which. */
function unavailable(said: Said, headers: DavFailure['headers'], make: Make): AppError {
  if (/disabled/i.test(said.message)) {
    return make(
      'forbidden',
      'nextcloud.account_disabled',
      'Your account at Nextcloud is disabled; ask your administrator to enable it.',
    )
  }
  const isMaintenance = /maintenance/i.test(said.message) || headers['x-nextcloud-maintenance-mode'] === '1'
  const retryAfterSeconds = retryAfterOf(headers, 60)
  if (isMaintenance) {
    return make('unavailable', 'nextcloud.maintenance', 'Nextcloud is being maintained; try again later.', {
      retryAfterSeconds,
    })
  }
  return make('upstream_unavailable', 'upstream_unavailable', 'Nextcloud does not answer; try again in a moment.', {
    retryAfterSeconds,
  })
}

/** SabreDAV's `s:exception` and `s:message`; nothing of any other body. */
function exceptionOf(text: string): Said {
  try {
    const error = parseXml(text)
    return { name: childOf(error, 's:exception')?.text ?? '', message: childOf(error, 's:message')?.text ?? '' }
  } catch {
    return { name: '', message: '' }
  }
}

/** Only whole seconds (RFC 9110 §10.2.3) within an hour are believed. */
function retryAfterOf(headers: DavFailure['headers'], fallback: number): number {
  const seconds = Number(headers['retry-after'])
  return Number.isInteger(seconds) && seconds > 0 && seconds <= 3600 ? seconds : fallback
}
