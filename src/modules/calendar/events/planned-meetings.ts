import type { PlannedElsewhere } from '#modules/meet/index.ts'
import { AppError } from '#platform/errors.ts'
import type { ShownEvent } from './event-answers.ts'
import type { EventReads } from './event-reads.ts'
import type { EventMeetings } from './meet-links.ts'

/** Events that somebody meets in, by any address of a meeting that they bear. */
export function createPlannedMeetings(deps: { reads: EventReads; meetings: EventMeetings }): PlannedElsewhere {
  const { reads, meetings } = deps
  const planned = (event: ShownEvent) => {
    const url = event.conferences.find(({ uri }) => /^https?:/.test(uri))?.uri
    if (url === undefined || event.status === 'CANCELLED') return []
    const times = { startsAt: new Date(event.starts_at), endsAt: new Date(event.ends_at) }
    return [{ title: event.summary, ...times, url, room: meetings.roomNameOf(url) }]
  }
  return async (actor, { from, to, limit }) => {
    if (!actor.permissions.has('calendar:read')) return []
    const wanted = { start: from.toISOString(), end: to.toISOString(), expand: true, limit: 1000 }
    const { items }: { items: ShownEvent[] } = JSON.parse(await reads.list(actor, undefined, wanted).catch(unlessAway))
    return items.flatMap(planned).slice(0, limit)
  }
}

/** Meetings made by themselves are shown although the calendar server is away, or nobody's there yet. */
function unlessAway(error: unknown): string {
  if (error instanceof AppError) return '{"items":[]}'
  throw error
}
