import { AppError } from '#platform/errors.ts'

/** What Authentik's answer means here. `text` is its body, of which people are told only what they wrote themselves. */
export function authentikErrorOf(status: number, text: string): AppError {
  if (status === 404) return new AppError('not_found', 'not_found', 'The directory has no such person or group.')
  if (status === 400) return refusal(text)
  const cause = new Error(`Authentik answered ${status}`)
  if (status === 401 || status === 403) {
    const message =
      'The directory does not take the token of Ulti; set AUTHENTIK_API_TOKEN to one that may change users.'
    return new AppError('upstream_unavailable', 'admin.directory_refused', message, { cause })
  }
  return authentikAway(cause)
}

export const authentikAway = (cause: unknown) =>
  new AppError(
    'upstream_unavailable',
    'upstream_unavailable',
    'The directory does not answer; try again in a moment.',
    {
      cause,
    },
  )

export const authentikTooSlow = (cause: unknown) =>
  new AppError(
    'upstream_timeout',
    'upstream_timeout',
    'The directory took too long to answer; try again in a moment.',
    {
      cause,
    },
  )

/** Its validation names each field with what it wants of it. */
function refusal(text: string): AppError {
  const details = fieldsOf(text).flatMap(([field, said]) =>
    [said].flat().map((message) => ({ path: `body.${field}`, message: String(message).slice(0, 300) })),
  )
  if (/unique/i.test(text)) {
    const message = 'The directory has one of this name already; choose another.'
    return new AppError('conflict', 'admin.name_taken', message, { details })
  }
  return new AppError('unprocessable', 'admin.directory_refused', 'The directory does not take these values.', {
    details,
  })
}

function fieldsOf(text: string): [string, unknown][] {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? Object.entries(parsed).slice(0, 20) : []
  } catch {
    return []
  }
}
