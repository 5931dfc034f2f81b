const hour = 3_600_000

/** People talk on, and come early: a token is good for an hour beyond the planned end. */
const graceMs = hour
/** Of a room without an end. */
const openEndedMs = 24 * hour
/** A token of a meeting that is over, or is about to be, is still good for so long. */
const leastMs = 2 * hour
/** Of guests, whose names nobody vouches for. */
const guestMs = 12 * hour

/** Until when a room lets people in. */
export const roomExpiry = (endsAt: Date | null, startsAt: Date | null, now: Date): Date =>
  new Date((endsAt ?? new Date(Math.max(startsAt?.getTime() ?? 0, now.getTime()) + openEndedMs)).getTime() + graceMs)

/** Until when a token is good: bound to the planned end, at most a day ahead for a room that has none. */
export function tokenExpiry(room: { ends_at: Date | null; expires_at: Date }, now: Date): Date {
  const least = now.getTime() + leastMs
  if (room.ends_at) return new Date(Math.max(room.ends_at.getTime() + graceMs, least))
  return new Date(Math.min(Math.max(room.expires_at.getTime(), least), now.getTime() + openEndedMs))
}

export const guestExpiry = (
  room: { ends_at: Date | null; expires_at: Date },
  invitation: { expires_at: Date },
  now: Date,
): Date =>
  new Date(Math.min(tokenExpiry(room, now).getTime(), invitation.expires_at.getTime(), now.getTime() + guestMs))
