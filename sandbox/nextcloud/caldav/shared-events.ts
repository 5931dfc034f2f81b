import type { Access, StoredObject } from '../collections/collection-store.ts'
import { objectsOf, readCalendar } from './icalendar.ts'

/** What is left of an event that its owner calls confidential. */
const left = [
  'created',
  'dtstart',
  'rrule',
  'recurrence-id',
  'rdate',
  'duration',
  'dtend',
  'class',
  'exrule',
  'exdate',
  'uid',
]

/**
 * An event as those see it with whom its calendar is shared, as Nextcloud shows it: not at all where it is private, when it
 * is and no more where it is confidential, without reminders to those who may only read.
 */
export function shared(object: StoredObject, access: Access): StoredObject | undefined {
  const calendar = readCalendar(object.content)
  const events = objectsOf(calendar)
  const classification = events[0]?.getFirstPropertyValue('class')?.toString().toUpperCase()
  if (classification === 'PRIVATE') return undefined
  if (classification !== 'CONFIDENTIAL' && access !== 'read') return object
  for (const event of events) {
    event.removeAllSubcomponents('valarm')
    if (classification !== 'CONFIDENTIAL') continue
    for (const property of [...event.getAllProperties()])
      if (!left.includes(property.name)) event.removeProperty(property)
    event.updatePropertyWithValue('summary', 'Busy')
  }
  return { ...object, content: calendar.toString() }
}
