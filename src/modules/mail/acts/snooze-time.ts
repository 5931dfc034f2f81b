import { AppError } from '#platform/errors.ts'

/** @throws AppError `mail.snooze_time_invalid` for a time that is over, or further away than five years. */
export function requireSnoozeTime(until: Date): void {
  const milliseconds = until.getTime() - Date.now()
  if (milliseconds > 0 && milliseconds < maxSnoozeMs) return
  throw new AppError(
    'unprocessable',
    'mail.snooze_time_invalid',
    'A message comes back at a time to come, and within five years; choose another time.',
  )
}

const maxSnoozeMs = 5 * 366 * 86_400_000
