const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** Bytes of `10M`, `1.5mb`, `200k`, `4096`; undefined for anything else. */
export function bytesOf(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)([bkmg]?)(?:i?b)?$/i.exec(text) ?? []
  return number === '' ? undefined : Math.round(Number(number) * (units[unit.toLowerCase()] ?? 1))
}

/** A day, month or year as [from, to): RFC 3339 in UTC. */
export type Span = { from: string; to: string }
/** Now, where the reader is. */
export type ReaderTime = Temporal.ZonedDateTime

/**
 * `2026`, `2026-05`, `2026-05-23`, `2026/05/23`, `today`, `yesterday`, as days begin and end where the reader is; undefined
 * for anything else.
 */
export function spanOf(text: string, now: ReaderTime): Span | undefined {
  const named = { today: 0, yesterday: -1 }[text.toLowerCase()]
  if (named !== undefined) return span(now.toPlainDate().add({ days: named }), { days: 1 }, now)
  const [, year, month, day] = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(text) ?? []
  if (year === undefined || Number(year) < 1) return undefined
  const from = dateOf(Number(year), Number(month ?? 1), Number(day ?? 1))
  if (!from) return undefined
  if (day !== undefined) return span(from, { days: 1 }, now)
  return span(from, month === undefined ? { years: 1 } : { months: 1 }, now)
}

/** The time that long before now: `3d`, `2w`, `6m` (months), `1y`, `12h`; undefined for anything else. */
export function agoOf(text: string, now: ReaderTime): string | undefined {
  const [, number = '', unit = ''] = /^(\d{1,4})(h|d|w|m|y)$/i.exec(text) ?? []
  if (number === '') return undefined
  const then = now.subtract({ [names[unit.toLowerCase()] ?? 'days']: Number(number) })
  return then.year < 1 ? undefined : textOf(then)
}

const names: Readonly<Record<string, string>> = { h: 'hours', d: 'days', w: 'weeks', m: 'months', y: 'years' }

function dateOf(year: number, month: number, day: number): Temporal.PlainDate | undefined {
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' })
  } catch {
    return undefined
  }
}

function span(from: Temporal.PlainDate, length: Temporal.DurationLike, { timeZoneId }: ReaderTime): Span {
  return { from: textOf(from.toZonedDateTime(timeZoneId)), to: textOf(from.add(length).toZonedDateTime(timeZoneId)) }
}

const [first, last] = [Date.parse('0001-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')]

/** Before and after these years there is nothing that PostgreSQL and RFC 3339 write alike. */
const textOf = ({ epochMilliseconds }: ReaderTime): string =>
  new Date(Math.min(Math.max(epochMilliseconds, first), last)).toISOString()
