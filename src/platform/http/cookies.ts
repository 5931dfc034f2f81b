export type CookieAttributes = { maxAgeSeconds: number; isHttpOnly: boolean; isSecure: boolean }

/** The value of the first cookie `name` in a Cookie header (RFC 6265 §5.4); undefined when there is none. */
export function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

/**
 * A Set-Cookie value (RFC 6265 §4.1) for the whole site, SameSite=Lax. A max age of 0 removes the cookie.
 * @throws Error when name or value hold anything but characters that need no quoting.
 */
export function writeCookie(name: string, value: string, attributes: CookieAttributes): string {
  if (!/^[\w.~-]+$/.test(name) || !/^[\w.~-]*$/.test(value)) throw new Error(`the cookie ${name} needs quoting`)
  const { maxAgeSeconds, isHttpOnly, isSecure } = attributes
  return [
    `${name}=${value}`,
    `Max-Age=${maxAgeSeconds}`,
    'Path=/',
    ...(isHttpOnly ? ['HttpOnly'] : []),
    ...(isSecure ? ['Secure'] : []),
    'SameSite=Lax',
  ].join('; ')
}
