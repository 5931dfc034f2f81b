/** What addresses of this API have in the place of a calendar. */
const ownSegments = new Set([
  'events',
  'freebusy',
  'invitations',
  'resources',
  'subscriptions',
  'webhooks',
  'deliveries',
])
const mark = '~'

/**
 * How addresses and answers name a calendar: as the server does, but for names that addresses have for something else,
 * which bear a mark before them.
 */
export const idOfCalendar = (name: string): string =>
  ownSegments.has(name) || name.startsWith(mark) ? `${mark}${name}` : name

/** The name at the server of the calendar with that id. */
export function nameOfCalendar(id: string): string {
  const name = id.startsWith(mark) ? id.slice(mark.length) : id
  return idOfCalendar(name) === id ? name : id
}
