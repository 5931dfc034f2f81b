/** Environment variables as the process got them. */
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

/**
 * Reads typed values and collects faults instead of throwing at the first, so that one start shows them all.
 * An empty variable counts as absent: `FOO=` in an env file means "not set".
 */
export function createReader(environment: Environment) {
  const faults: string[] = []
  const raw = (name: string) => environment[name]?.trim() || undefined

  function parse<T>(
    name: string,
    fallback: T | undefined,
    expected: string,
    read: (value: string) => T | undefined,
  ): T {
    const value = raw(name)
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
    fault: (message: string) => void faults.push(message),
    has: (name: string) => raw(name) !== undefined,
    text: (name: string, expected: string, fallback?: string) => parse(name, fallback, expected, (value) => value),
    optional: (name: string) => raw(name),
    integer: (name: string, range: { min: number; max: number }, fallback?: number) =>
      parse(name, fallback, `a whole number from ${range.min} to ${range.max}`, (value) =>
        /^\d+$/.test(value) && Number(value) >= range.min && Number(value) <= range.max ? Number(value) : undefined,
      ),
    flag: (name: string, fallback: boolean) =>
      parse(name, fallback, 'true or false', (value) => ({ true: true, false: false })[value]),
    choice: <T extends string>(name: string, choices: readonly T[], fallback?: T) =>
      parse(name, fallback, `one of ${choices.join(', ')}`, (value) => choices.find((choice) => choice === value)),
    list: (name: string) =>
      (raw(name) ?? '')
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    url: (name: string, protocols: readonly string[], fallback?: string) =>
      parse(
        name,
        fallback,
        `a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
        (value) => (protocols.includes(URL.parse(value)?.protocol ?? '') ? value : undefined),
      ),
  }
}

export type Reader = ReturnType<typeof createReader>
