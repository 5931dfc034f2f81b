import { AppError } from '#platform/errors.ts'

/**
 * A path of DAV below the server's root, decoded: `/files/alice/Été 100%.txt`, a collection with or without a slash at
 * its end. It begins with a slash, and none of its segments leads elsewhere.
 */
export type DavPath = string

/**
 * Joins names to a path: `davPath('files', uid, 'Photos', name)`. Servers keep names in Unicode's form NFC, whatever
 * they were given, so that is what is asked for.
 * @throws AppError `invalid_path` for a name that is none: empty, `.`, `..`, or with a slash, a backslash or a NUL.
 */
export function davPath(...segments: readonly string[]): DavPath {
  return `/${segments.map(checkedSegment).join('/')}`
}

/** The names of a path. @throws AppError `invalid_path` */
const segmentsOf = (path: DavPath): string[] => path.split('/').filter(Boolean).map(checkedSegment)

/** As it stands in a request. @throws AppError `invalid_path` */
export function encodePath(path: DavPath): string {
  if (!path.startsWith('/')) throw invalidPath()
  const encoded = segmentsOf(path).map(encodeSegment)
  return `/${encoded.join('/')}${path.endsWith('/') && encoded.length > 0 ? '/' : ''}`
}

/**
 * The path that a client named, of its percent-encoded form: decoded once, each segment for itself, so that an encoded
 * slash or dots cannot lead out of it (`%2e%2e`, `..%2f`, overlong UTF-8).
 * @throws AppError `invalid_path`
 */
export function decodePath(encoded: string): DavPath {
  const segments = encoded.split('/').filter(Boolean).map(decodeSegment)
  if (segments.includes(undefined)) throw invalidPath()
  const path = davPath(...(segments as string[]))
  return encoded.endsWith('/') && path !== '/' ? `${path}/` : path
}

/**
 * The path that a server's href means, without its host and what comes before `root`; undefined for one that lies
 * elsewhere or is none. Servers may live under a prefix that they put before all of their hrefs (Nextcloud's
 * `overwritewebroot`).
 */
export function pathOfHref(href: string, root: string): { path: DavPath; prefix: string } | undefined {
  const pathname = pathnameOf(href.trim())
  const at = root === '' ? 0 : `${pathname}/`.indexOf(`${root}/`)
  if (pathname === undefined || at < 0) return undefined
  try {
    return { path: decodePath(pathname.slice(at + root.length) || '/'), prefix: pathname.slice(0, at) }
  } catch {
    return undefined
  }
}

/** RFC 4918 §8.3: an href is an absolute URL or a path. It is not normalised: `..` is refused, not resolved. */
function pathnameOf(href: string): string | undefined {
  const [, path] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?(\/[^?#]*)/i.exec(href) ?? []
  return path
}

function checkedSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..' || /[/\\\0]/.test(segment) || !segment.isWellFormed()) {
    throw invalidPath()
  }
  return segment.normalize('NFC')
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** RFC 3986 §2.3: `encodeURIComponent` leaves five more than the unreserved ones. */
const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

const invalidPath = () =>
  new AppError(
    'invalid',
    'invalid_path',
    'This is no path: none of its names may be empty, "." or "..", or hold a slash, a backslash or a NUL.',
  )
