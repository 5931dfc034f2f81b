import { parseDuration } from './duration.ts'

/** Variables by name; undefined and empty both mean "not set". */
export type Environment = Readonly<Record<string, string | undefined>>

/** Every fault of the configuration at once, each with its variable's name and what is expected. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** A variable that was asked for: its effective value as text, undefined when it has neither a value nor a default. */
export type Reading = { name: string; value: string | undefined }

/**
 * Reads typed values and collects faults instead of throwing at the first, so that one start shows them all. What was
 * read is remembered, for `ultid config check`.
 */
export function createReader(environment: Environment) {
  const faults: string[] = []
  const readings = new Map<string, Reading>()

  function raw(name: string, fallback?: unknown): string | undefined {
    const value = environment[name]?.trim() || undefined
    readings.set(name, { name, value: value ?? (fallback === undefined ? undefined : String(fallback)) })
    return value
  }

  function parse<T>(
    name: string,
    fallback: T | undefined,
    expected: string,
    read: (value: string) => T | undefined,
  ): T {
    const value = raw(name, fallback)
    if (value === undefined) {
      if (fallback === undefined) faults.push(`${name} is missing; expected ${expected}.`)
      return fallback as T
    }
    const parsed = read(value)
    if (parsed === undefined) faults.push(`${name} is not valid; expected ${expected}.`)
    return parsed as T
  }

  return {
    faults,
    readings,
    fault: (message: string) => void faults.push(message),
    has: (name: string) => raw(name) !== undefined,
    text: (name: string, expected: string, fallback?: string) => parse(name, fallback, expected, (value) => value),
    optional: (name: string) => raw(name),
    integer: (name: string, range: { min: number; max: number }, fallback?: number) =>
      parse(name, fallback, `a whole number from ${range.min} to ${range.max}`, (value) =>
        /^\d+$/.test(value) && Number(value) >= range.min && Number(value) <= range.max ? Number(value) : undefined,
      ),
    flag: (name: string, fallback: boolean) => parse(name, fallback, 'true or false', (value) => flags.get(value)),
    choice: <T extends string>(name: string, choices: readonly T[], fallback?: T) =>
      parse(name, fallback, `one of ${choices.join(', ')}`, (value) => choices.find((choice) => choice === value)),
    list: (name: string) =>
      (raw(name) ?? '')
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    /** Milliseconds, more than none; 0 with a fault. */
    duration(name: string, fallback: string): number {
      const expected = 'a duration such as 90d, 12h or 30m'
      const text = parse(name, fallback, expected, (value) => (parseDuration(value) ? value : undefined))
      return parseDuration(text ?? '') ?? 0
    },
    date: (name: string): Date | undefined => {
      const value = raw(name)
      if (value === undefined) return undefined
      const date = parseDate(value)
      if (!date) faults.push(`${name} is not valid; expected a date such as 2026-05-23.`)
      return date
    },
    url: (name: string, protocols: readonly string[], fallback?: string) =>
      parse(
        name,
        fallback,
        `a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
        (value) => (isUrl(value, protocols) ? value : undefined),
      ),
    /** A JSON value; `isValid` decides what is taken. */
    json<T>(name: string, fallback: T, expected: string, isValid: (value: unknown) => value is T): T {
      const value = raw(name, JSON.stringify(fallback))
      if (value === undefined) return fallback
      const parsed = parseJson(value)
      if (isValid(parsed)) return parsed
      faults.push(`${name} is not valid; expected ${expected}.`)
      return fallback
    },
  }
}

/** A day or a time of RFC 3339. `Date` alone takes `5` for one as well, and the 31st of February. */
function parseDate(text: string): Date | undefined {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? []
  const date = new Date(text)
  if (day === undefined || Number.isNaN(date.getTime())) return undefined
  return new Date(day).toISOString().startsWith(day) ? date : undefined
}

const flags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** With `//`: to the letter of the standard `http:x` is a URL as well, but nobody means it. */
const isUrl = (text: string, protocols: readonly string[]): boolean =>
  URL.canParse(text) && protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`))

export type Reader = ReturnType<typeof createReader>

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
