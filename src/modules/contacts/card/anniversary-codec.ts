import { paramOf, property, type VcardProperty, withParam } from '#integrations/vcard/vcard.ts'
import { unescapeText } from '#integrations/vcard/vcard-text.ts'
import type { AnniversaryKind, PartialDate } from './card.ts'
import { codec } from './codec.ts'

const kinds: Readonly<Record<string, AnniversaryKind>> = {
  ...{ BDAY: 'birth', DEATHDATE: 'death', ANNIVERSARY: 'wedding', 'X-ANNIVERSARY': 'wedding' },
  ...{ 'X-EVOLUTION-ANNIVERSARY': 'wedding', 'X-ABDATE': 'other' },
}
const nameOf: Readonly<Record<AnniversaryKind, string>> = {
  ...{ birth: 'BDAY', death: 'DEATHDATE', wedding: 'ANNIVERSARY', other: 'X-ABDATE' },
}

export const anniversaries = codec<'anniversaries'>({
  ...{ member: 'anniversaries', letter: 'd', names: Object.keys(kinds) },
  read(one, label) {
    const kind = kinds[one.name]
    const date = readDate(unescapeText(one.value).trim(), omittedYear(one))
    return kind && date && { kind, date, ...(label !== undefined && { label }) }
  },
  write({ kind, date }, from) {
    const name = from && kinds[from.name] === kind ? from.name : nameOf[kind]
    const bare = [...omitting, 'VALUE', 'CALSCALE'].reduce(
      (one, param) => withParam(one, param, []),
      from ?? property(name, ''),
    )
    return { ...bare, name, value: writeDate(date) }
  },
  labelOf: ({ label }) => label,
})

/** Apple writes some year and says that it means none. */
const omitting = ['X-APPLE-OMIT-YEAR']
const omittedYear = (one: VcardProperty): number | undefined => Number(paramOf(one, 'X-APPLE-OMIT-YEAR')) || undefined

// RFC 6350 §4.3.1, with the hyphens of vCard 3 and a time that is left aside.
const whole = /^(\d{4})-?(\d{2})-?(\d{2})(?:T.*)?$/
const withoutYear = /^--(\d{2})-?(\d{2})$/
const monthOfYear = /^(\d{4})-(\d{2})$/
const shorter = [/^(?<year>\d{4})$/, /^--(?<month>\d{2})$/, /^---(?<day>\d{2})$/]

/** Undefined for what names no day, month or year that there is. */
function readDate(text: string, omitted: number | undefined): PartialDate | undefined {
  const [, year, month, day] = whole.exec(text) ?? []
  if (year)
    return checked({ ...(Number(year) !== omitted && { year: Number(year) }), month: Number(month), day: Number(day) })
  const [, dayMonth, dayDay] = withoutYear.exec(text) ?? []
  if (dayMonth) return checked({ month: Number(dayMonth), day: Number(dayDay) })
  const [, someYear, someMonth] = monthOfYear.exec(text) ?? []
  if (someYear) return checked({ year: Number(someYear), month: Number(someMonth) })
  const found = shorter.map((pattern) => pattern.exec(text)?.groups).find(Boolean)
  return found && checked(Object.fromEntries(Object.entries(found).map(([part, digits]) => [part, Number(digits)])))
}

export function checked(date: PartialDate): PartialDate | undefined {
  const { year = 2000, month = 1, day = 1 } = date
  const made = new Date(0)
  made.setUTCFullYear(year, month - 1, day)
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day ? date : undefined
}

const padded = (value: number, length = 2) => String(value).padStart(length, '0')

/** With hyphens only where version 4 has them: vCard 3 reads both. */
function writeDate({ year, month, day }: PartialDate): string {
  if (year !== undefined && month !== undefined && day !== undefined)
    return `${padded(year, 4)}${padded(month)}${padded(day)}`
  if (year !== undefined && month !== undefined) return `${padded(year, 4)}-${padded(month)}`
  if (year !== undefined) return padded(year, 4)
  if (month !== undefined) return `--${padded(month)}${day === undefined ? '' : padded(day)}`
  return `---${padded(day ?? 1)}`
}
