import { AppError, notFound } from '#platform/errors.ts'

/** What Nextcloud cannot do is a failure of ours to those who ask here: so the contract of this API has it. */
const internal = (cause: unknown) =>
  new AppError('internal', 'internal_error', 'The calendar server did not do what was asked; try again in a moment.', {
    cause,
  })

/** Runs what asks the calendar server; its failures become those that this API names. */
export async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof AppError ? translated(error) : error
  }
}

function translated(error: AppError): AppError {
  const isAtServer = error.code.startsWith('nextcloud.') || error.code.startsWith('upstream_')
  switch (error.kind) {
    case 'upstream_unavailable':
    case 'upstream_timeout':
      return internal(error)
    case 'unavailable':
      return isAtServer ? internal(error) : error
    case 'forbidden':
      return error.code === 'nextcloud.forbidden' ? readOnly() : error
    default:
      return error
  }
}

export const readOnly = () =>
  new AppError(
    'forbidden',
    'auth.forbidden',
    'You may read this calendar and not write to it; ask whoever shares it with you for more.',
  )

export const hidden = () =>
  new AppError(
    'forbidden',
    'auth.forbidden',
    'Its owner shows of this event no more than when it is, so that nobody else can change it; ask them to.',
  )

export const noSuchEvent = () => notFound('event')
export const noSuchCalendar = () => notFound('calendar')

/** Of every route that asks the calendar server or its copy here. */
export const calendarErrors: Readonly<Record<number, readonly string[]>> = {
  403: ['nextcloud.account_disabled'],
  404: ['not_found'],
  409: ['nextcloud.uid_taken', 'nextcloud.no_username', 'nextcloud.sign_in_required'],
}

/** Of routes that write an event: files of the drive may be attached to it. */
export const eventErrors = {
  ...calendarErrors,
  400: ['invalid_path', 'invalid_name'],
  403: [...(calendarErrors[403] ?? []), 'drive.outside_sharing_forbidden'],
  409: [...(calendarErrors[409] ?? []), 'drive.is_folder'],
  422: ['drive.share_refused'],
}
