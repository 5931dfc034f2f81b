import type { Actor } from '#platform/auth/actor.ts'
import type { Database } from '#platform/database/database.ts'
import { AppError } from '#platform/errors.ts'
import { type ContactView, presentContact } from '../contact/contact-presentation.ts'
import type { Contacts } from '../contact/contacts.ts'
import { birthdayStore as store } from './birthday-store.ts'

/** `age` is null where the year of birth is not known. */
export type Birthday = { date: string; age: number | null; contact: ContactView }

const day = 86_400_000
const mostDays = 366

export type Birthdays = ReturnType<typeof createBirthdays>

/** Whose birthday is when; for a calendar, too. */
export function createBirthdays(deps: { database: Database; contacts: Contacts; now?: () => Date }) {
  const { database, contacts, now = () => new Date() } = deps
  return {
    /**
     * From one day to another, both included; a month from today by default. Who was born on 29 February has it on the
     * 28th where there is none.
     * @throws AppError `invalid_request_body` for more than a year
     */
    async list(
      actor: Actor,
      wanted: { from?: string | undefined; to?: string | undefined },
    ): Promise<{ items: Birthday[] }> {
      const from = wanted.from ?? now().toISOString().slice(0, 10)
      const to = wanted.to ?? new Date(Date.parse(from) + 30 * day).toISOString().slice(0, 10)
      const dates = datesOf(from, to)
      const { ownerId, user } = await contacts.connect(actor)
      const byDay = Map.groupBy(dates, (date) => date.slice(5))
      const leaping = dates.filter((date) => date.endsWith('-02-28') && !isLeapYear(date))
      if (leaping.length > 0) byDay.set('02-29', [...(byDay.get('02-29') ?? []), ...leaping])
      const rows = await store.on(database, ownerId, [...byDay.keys()])
      const items = rows.flatMap((row): Birthday[] => {
        const key = `${padded(row.birth_month)}-${padded(row.birth_day)}`
        const year = Object.values(row.card.anniversaries ?? {}).find(({ kind }) => kind === 'birth')?.date.year
        return (byDay.get(key) ?? []).flatMap((date) => {
          const age = year === undefined ? null : Number(date.slice(0, 4)) - year
          return age !== null && age < 0 ? [] : [{ date, age, contact: presentContact(user, row) }]
        })
      })
      return { items: items.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0)) }
    },
  }
}

function datesOf(from: string, to: string): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  if (last < first || (last - first) / day >= mostDays) throw tooLong()
  return Array.from({ length: (last - first) / day + 1 }, (_, at) =>
    new Date(first + at * day).toISOString().slice(0, 10),
  )
}

const padded = (value: number) => String(value).padStart(2, '0')
const isLeapYear = (date: string) => new Date(Date.UTC(Number(date.slice(0, 4)), 1, 29)).getUTCMonth() === 1

const tooLong = () =>
  new AppError('invalid', 'invalid_request_body', 'Ask for at most a year of birthdays, from a day to a later one.', {
    details: [{ path: 'querystring.to', message: 'must be within a year after from' }],
  })
