import type { Reader } from './reader.ts'

export type CalendarConfig = Readonly<{
  /** By domain: where people elsewhere publish when they are busy. `{email}` and `{user}` are filled in. */
  freeBusyUrls: Readonly<Record<string, string>>
}>

export const readCalendar = (reader: Reader): CalendarConfig => ({
  freeBusyUrls: reader.json(
    'CALENDAR_FREEBUSY_URLS',
    {},
    'a JSON object of domains, each with an address: {"example.org": "https://example.org/freebusy/{user}"}',
    isAddressTable,
  ),
})

function isAddressTable(value: unknown): value is CalendarConfig['freeBusyUrls'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => typeof one === 'string' && /^https?:\/\/[^\s]+$/.test(one))
}
