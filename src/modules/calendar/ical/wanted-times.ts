import { AppError, type ErrorDetail } from '#platform/errors.ts'
import { type Property, property } from './content-lines.ts'
import { formatBasic, type IcalTime, parseBasic } from './ical-time.ts'
import type { ObjectZones } from './object-zones.ts'
import { ianaZone, type Zone } from './zones.ts'

/** The times of an event as somebody gives them. */
type GivenTimes = {
  start: string
  end?: string | null | undefined
  timezone?: string | null | undefined
  end_timezone?: string | null | undefined
}
type WantedTimes = { start: IcalTime; end: IcalTime | undefined }

/**
 * The times that are wanted. A time in UTC with a zone is meant on the wall of that zone; one without either is in the
 * zone in which the event is already, or the same on every wall. So is an end in the zone in which it is already.
 * @throws AppError `invalid_request_body`
 */
export function wantedTimes(
  wanted: GivenTimes,
  current?: { start: IcalTime; end?: IcalTime; zones: ObjectZones },
): WantedTimes {
  const zone = zoneOf(wanted.timezone, 'body.timezone', current)
  const kept = wanted.timezone === undefined ? (current?.start.zone ?? null) : null
  const read = (text: string, path: string, other?: Zone): IcalTime => {
    const time = parseBasic(text)
    if (!time) throw invalid(path, 'must be a date or a time as 20260523, 20260523T090000Z or 20260523T110000')
    const named = other ?? zone
    if (time.isDate) return time
    if (time.zone === 'UTC') {
      return named && named.id !== 'UTC' ? { ...time, wall: named.wallOf(time.wall), zone: named.id } : time
    }
    return { ...time, zone: named?.id ?? (kept === 'UTC' ? null : kept) }
  }
  const start = read(wanted.start, 'body.start')
  const isEndKept = wanted.end_timezone === undefined && wanted.timezone === undefined
  const endZone = zoneOf(isEndKept ? ownZone(current) : wanted.end_timezone, 'body.end_timezone', current)
  const end = typeof wanted.end === 'string' ? read(wanted.end, 'body.end', endZone) : undefined
  if (!end && !start.isDate) throw invalid('body.end', 'is missing')
  if (end && end.isDate !== start.isDate)
    throw invalid('body.end', 'must be a date if start is one, and a time if start is')
  if (end && start.isDate && end.wall <= start.wall)
    throw invalid('body.end', 'must be after start: it is the day after the last')
  if (end && momentOf(end, current) < momentOf(start, current)) throw invalid('body.end', 'must not be before start')
  return { start, end }
}

/** That of an end which is in another zone than its start. */
function ownZone(current: { start: IcalTime; end?: IcalTime } | undefined): string | undefined {
  const { start, end } = current ?? {}
  return end && end.zone !== start?.zone && end.zone !== 'UTC' ? (end.zone ?? undefined) : undefined
}

function momentOf({ wall, zone }: IcalTime, current?: { zones: ObjectZones }): number {
  const found = zone === null ? undefined : (ianaZone(zone) ?? current?.zones.zoneOf(zone))
  return found ? found.instantOf(wall) : wall
}

function zoneOf(name: string | null | undefined, path: string, current: { zones: ObjectZones } | undefined) {
  if (name === undefined || name === null) return undefined
  // An event may stay in a zone that it alone knows.
  const zone = ianaZone(name) ?? current?.zones.zoneOf(name)
  if (!zone) throw invalid(path, 'must be a zone of the IANA database, such as Europe/Paris')
  return zone
}

export const timeProperty = (name: string, time: IcalTime): Property =>
  property(name, formatBasic(time), {
    TZID: time.isDate || time.zone === 'UTC' ? undefined : (time.zone ?? undefined),
    VALUE: time.isDate ? 'DATE' : undefined,
  })

export function invalid(path: string, message: string): AppError {
  const details: ErrorDetail[] = [{ path, message }]
  return new AppError('invalid', 'invalid_request_body', `The request is not valid: ${path} ${message}.`, { details })
}
