import type { EventFields } from '../ical/event-fields.ts'
import { dayMs } from '../ical/ical-time.ts'
import { ianaZone } from '../ical/zones.ts'
import { reminderWordsIn } from './reminder-words.ts'

/** Who is reminded; null where they have chosen none. */
export type Reader = { locale: string | null; timeZone: string | null }

/** Of one occurrence. Of a whole day, and of a time without a zone, times are those on the wall, as if in UTC. */
export type Reminded = {
  startsAt: number
  lengthMs: number
  fields: Pick<EventFields, 'summary' | 'location' | 'is_all_day' | 'timezone'>
  /** The same on every wall. */
  isFloating: boolean
}

/** What a mail says that reminds of an event: in the language of who reads it, and by their clock. */
export function reminderMail(reminded: Reminded, reader: Reader): { subject: string; text: string } {
  const words = reminderWordsIn(reader.locale)
  const { summary, location } = reminded.fields
  const title = summary || words.untitled
  const lines = [title, whenOf(reminded, reader, words.locale), location]
  return { subject: words.subject(title), text: lines.filter(Boolean).join('\n') }
}

function whenOf({ startsAt, lengthMs, fields, isFloating }: Reminded, { timeZone }: Reader, locale: string): string {
  if (fields.is_all_day) {
    const date = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'UTC' })
    return date.formatRange(startsAt, startsAt + Math.max(lengthMs, dayMs) - dayMs)
  }
  if (isFloating) return new Intl.DateTimeFormat(locale, { ...styles, timeZone: 'UTC' }).format(startsAt)
  const own = timeZone === null ? undefined : ianaZone(timeZone)
  if (own) return new Intl.DateTimeFormat(locale, { ...styles, timeZone: own.id }).format(startsAt)
  // Whose clock it is has to be said where it may not be the reader's.
  const zone = ianaZone(fields.timezone ?? 'UTC')?.id ?? 'UTC'
  return new Intl.DateTimeFormat(locale, { ...styles, timeStyle: 'long', timeZone: zone }).format(startsAt)
}

const styles = { dateStyle: 'full', timeStyle: 'short' } as const
