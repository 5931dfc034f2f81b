import { davPath, decodePath, encodePath } from '#integrations/dav/dav-path.ts'
import { noSuchEvent } from '../errors.ts'

/** Where an object lies: in whose home, in which of its calendars, under which name. */
export type ObjectPlace = { uid: string; calendar: string; name: string }

const root = '/remote.php/dav'

/** Its path on the calendar server, below DAV's root. */
const davPathOf = ({ uid, calendar, name }: ObjectPlace): string => davPath('calendars', uid, calendar, name)

/** The path as this API answers it. */
export const pathOf = (place: ObjectPlace): string => root + encodePath(davPathOf(place))

/**
 * Where a path leads that follows `/events/` in an address: an absolute DAV path, with or without its slash,
 * percent-encoded once more as a whole or not. @throws AppError `not_found` for one that leads to no object.
 */
export function placeOf(address: string): ObjectPlace {
  const whole = address.includes('/') ? address : wholeDecoded(address)
  const path = `/${whole.replace(/^\/+/, '')}`
  if (!path.startsWith(`${root}/calendars/`) || path.endsWith('/')) throw noSuchEvent()
  const [, , uid, calendar, name, ...rest] = decoded(path.slice(root.length)).split('/')
  if (!uid || !calendar || !name || rest.length > 0) throw noSuchEvent()
  return { uid, calendar, name }
}

function wholeDecoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    throw noSuchEvent()
  }
}

function decoded(path: string): string {
  try {
    return decodePath(path)
  } catch {
    throw noSuchEvent()
  }
}

/** A name for the object of a UID: the UID itself where a path and a file can bear it. */
export const nameOfUid = (uid: string, fallback: string): string =>
  /^[A-Za-z0-9][A-Za-z0-9._@=+-]{0,190}$/.test(uid) ? `${uid}.ics` : `${fallback}.ics`
