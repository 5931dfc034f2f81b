import { AppError } from '#platform/errors.ts'

/** A label's name as it is kept: on one line, without blanks at its ends. @throws AppError `mail.label_name_invalid`. */
export function checkedName(name: string): string {
  const clean = name.normalize('NFC').trim()
  if (clean !== '' && clean.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\\]/u.test(clean)) return clean
  throw new AppError(
    'unprocessable',
    'mail.label_name_invalid',
    'The name of a label is one line with a letter at least, and without a backslash; choose another one.',
  )
}
