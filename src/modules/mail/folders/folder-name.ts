import { AppError } from '#platform/errors.ts'

const maxBytes = 255

/**
 * A name as it is sent to a server, in Unicode's composed form, so that the same name is not two folders.
 * @throws AppError `mail.folder_name_invalid`.
 */
export function checkedName(given: string, delimiter: string | null): string {
  const name = given.normalize('NFC').trim()
  if (name === '') throw invalidName('A folder needs a name.')
  if (/\p{Cc}|[\u2028\u2029]|\p{Surrogate}/u.test(name))
    throw invalidName('A folder name has no line ends or controls.')
  if (delimiter !== null && name.includes(delimiter)) {
    throw invalidName(`A folder name has no "${delimiter}" here: that is between a folder and the one in it.`)
  }
  if (Buffer.byteLength(name) > maxBytes) throw invalidName(`A folder name has at most ${maxBytes} bytes.`)
  return name
}

const invalidName = (message: string) =>
  new AppError('unprocessable', 'mail.folder_name_invalid', message, {
    details: [{ path: 'body.name', message }],
  })
