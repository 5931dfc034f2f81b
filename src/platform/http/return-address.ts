import { AppError } from '#platform/errors.ts'

/**
 * Turns a `return_to` of a request into the address to which the browser is sent: a path of this service, or a page of
 * one of `origins`. Anything else would lend our name to a stranger's page (CWE-601).
 * @throws AppError `auth.return_to_refused`
 */
export function returnAddress(returnTo: string, publicUrl: string, origins: ReadonlySet<string>): string {
  const url = URL.parse(returnTo, publicUrl)
  const isPlain = url && url.username === '' && url.password === ''
  if (isPlain && (url.origin === new URL(publicUrl).origin || origins.has(url.origin))) return url.href
  throw new AppError(
    'invalid',
    'auth.return_to_refused',
    'return_to must be a path of this service or an address of a front end that is allowed here.',
  )
}
