import type { Actor } from '#platform/auth/actor.ts'
import { dayMs } from '../ical/ical-time.ts'
import { invalid } from '../ical/wanted-times.ts'
import { ianaZone, type Zone } from '../ical/zones.ts'
import type { Period } from './busy-periods.ts'
import { type FreeBusy, rangeOf } from './free-busy.ts'

export type WantedSlot = {
  start: string
  end: string
  duration_minutes: number
  /** On whose walls working hours are; their own zone, else the one of the request. */
  attendees: readonly { email: string; is_optional?: boolean | undefined; timezone?: string | undefined }[]
  timezone?: string | undefined
  working_hours?: { start: string; end: string; days: readonly number[] } | undefined
  limit?: number | undefined
}
export type Slot = {
  start: number
  end: number
  /** Everybody who must be there is free. */
  isFree: boolean
  /** Who is busy then, optional ones among them. */
  busy: string[]
  /** For whom it is outside of working hours. */
  outside: string[]
}

const stepMs = 15 * 60_000
const maxWindowMs = 31 * dayMs
const workday = { start: '09:00', end: '18:00', days: [1, 2, 3, 4, 5] }

/** Of whom it is not known when they are busy, they are taken for free: `unknown` names them. */
export type Suggested = { slots: Slot[]; unknown: string[] }

type Guest = {
  email: string
  isRequired: boolean
  isKnown: boolean
  /** It works at any hour. */
  isResource: boolean
  zone: Zone
  periods: Period[]
}

export type Suggestions = ReturnType<typeof createSuggestions>

/** When people could meet, the best times first: who must come is free, who may come too, in everybody's working hours, soon. */
export function createSuggestions({ freeBusy, now }: { freeBusy: FreeBusy; now: () => number }) {
  return {
    /** @throws AppError `invalid_request_body`, `internal_error` */
    async of(actor: Actor, wanted: WantedSlot): Promise<Suggested> {
      const { from, to } = rangeOf(wanted)
      if (to - from > maxWindowMs) throw invalid('body.end', 'must be at most 31 days after start')
      const length = wanted.duration_minutes * 60_000
      const guests = await guestsOf(actor, wanted)
      const hours = hoursOf(wanted)
      const slots: Slot[] = []
      const first = Math.ceil(Math.max(from, now()) / stepMs) * stepMs
      for (let start = first; start + length <= to; start += stepMs) {
        const slot = judged({ start, end: start + length }, guests, hours)
        if (slot) slots.push(slot)
      }
      const best = apart(slots.toSorted(better(guests)), length).slice(0, wanted.limit ?? 10)
      return { slots: best, unknown: guests.filter(({ isKnown }) => !isKnown).map(({ email }) => email) }
    },
  }

  /** The one who asks is to be there too. */
  async function guestsOf(actor: Actor, wanted: WantedSlot): Promise<Guest[]> {
    const own = actor.email === null ? [] : [{ email: actor.email }]
    const asked = [...own, ...wanted.attendees]
    const busy = await freeBusy.of(actor, { ...wanted, attendees: asked.map(({ email }) => email) })
    const fallback = zoneOf(wanted.timezone ?? 'UTC', 'body.timezone')
    return busy.map(({ email, periods, isKnown, isResource }) => {
      const guest = wanted.attendees.find((one) => one.email.toLowerCase() === email.toLowerCase())
      const zone = guest?.timezone === undefined ? fallback : zoneOf(guest.timezone, 'body.attendees')
      return { email, isRequired: !(guest?.is_optional ?? false), isKnown, isResource, zone, periods }
    })
  }
}

function zoneOf(name: string, path: string): Zone {
  const zone = ianaZone(name)
  if (!zone) throw invalid(path, 'must name zones of the IANA database, such as Europe/Paris')
  return zone
}

type Hours = { startMs: number; endMs: number; days: readonly number[] }

function hoursOf({ working_hours: hours = workday }: WantedSlot): Hours {
  const read = (text: string) => {
    const [hour = 0, minute = 0] = text.split(':').map(Number)
    return (hour * 60 + minute) * 60_000
  }
  const [startMs, endMs] = [read(hours.start), read(hours.end)]
  if (endMs <= startMs) throw invalid('body.working_hours.end', 'must be later than start')
  return { startMs, endMs, days: hours.days }
}

/** Undefined for a time at which nobody who must come would be at work. */
function judged(time: { start: number; end: number }, guests: readonly Guest[], hours: Hours): Slot | undefined {
  const busy = guests.filter(({ periods }) => periods.some((one) => one.start < time.end && one.end > time.start))
  const outside = guests.filter(({ zone, isResource }) => !isResource && !isAtWork(time, zone, hours))
  const needed = guests.filter(({ isRequired, isResource }) => isRequired && !isResource)
  if (needed.every((guest) => outside.includes(guest))) return undefined
  const names = (list: readonly Guest[]) => list.map(({ email }) => email)
  return { ...time, isFree: !busy.some(({ isRequired }) => isRequired), busy: names(busy), outside: names(outside) }
}

function isAtWork({ start, end }: { start: number; end: number }, zone: Zone, hours: Hours): boolean {
  const wall = zone.wallOf(start)
  const day = Math.floor(wall / dayMs) * dayMs
  const isWorkday = hours.days.includes(new Date(day).getUTCDay())
  return isWorkday && wall - day >= hours.startMs && zone.wallOf(end) - day <= hours.endMs
}

function better(guests: readonly Guest[]) {
  const required = new Set(guests.filter(({ isRequired }) => isRequired).map(({ email }) => email))
  const count = (emails: readonly string[], isRequired: boolean) =>
    emails.filter((email) => required.has(email) === isRequired).length
  const rank = ({ busy, outside, start }: Slot) => [
    ...[count(busy, true), count(outside, true), count(busy, false), count(outside, false), start],
  ]
  return (one: Slot, other: Slot): number => {
    const [a, b] = [rank(one), rank(other)]
    for (const [at, value] of a.entries()) if (value !== b[at]) return value - (b[at] ?? 0)
    return 0
  }
}

/** Of times that overlap the best alone: a quarter of an hour later is no other proposal. */
function apart(sorted: readonly Slot[], length: number): Slot[] {
  const chosen: Slot[] = []
  for (const slot of sorted) {
    if (chosen.every((one) => Math.abs(one.start - slot.start) >= Math.min(length, 3_600_000))) chosen.push(slot)
  }
  return chosen
}
