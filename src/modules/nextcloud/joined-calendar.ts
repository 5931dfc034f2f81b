/**
 * Calendar objects (RFC 4791 §4.1: each a VCALENDAR of its own) as one iCalendar stream (RFC 5545 §3.4), as programs
 * import it: components are taken over line by line, a time zone that several objects bring along once.
 */
export async function* joinedCalendar(objects: AsyncIterable<string>): AsyncGenerator<string> {
  yield 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Ulti//Export//EN\r\n'
  const zones = new Set<string>()
  for await (const object of objects) {
    for (const component of componentsOf(object)) {
      const zone = zoneOf(component)
      if (zone !== undefined && zones.has(zone)) continue
      if (zone !== undefined) zones.add(zone)
      yield `${component.join('\r\n')}\r\n`
    }
  }
  yield 'END:VCALENDAR\r\n'
}

/** The components right below the calendar, as lines. */
function componentsOf(object: string): string[][] {
  const components: string[][] = []
  let depth = 0
  for (const line of object.split(/\r?\n/)) {
    if (/^BEGIN:/i.test(line)) depth++
    if (depth === 2 && /^BEGIN:/i.test(line)) components.push([])
    if (depth >= 2) components.at(-1)?.push(line)
    if (/^END:/i.test(line)) depth--
  }
  return components
}

const zoneOf = ([first = '', ...lines]: string[]): string | undefined =>
  /^BEGIN:VTIMEZONE/i.test(first) ? lines.find((line) => /^TZID[:;]/i.test(line)) : undefined
