import { readConfig } from '#config/config.ts'
import { isSecretName } from '#config/secret-names.ts'
import { type Command, settingsOf, UsageError } from './command.ts'

export const config: Command = {
  summary: 'check the configuration and show where each value comes from',
  help: `ultid config check

Prints every variable that ultid reads, its effective value (secrets masked) and its source: default, .env, environment
or file. Ends with 2 and the list of faults when there are any.

Example:
  ultid config check`,

  async run(args, terminal) {
    if (args[0] !== 'check' || args.length > 1) throw new UsageError('Say what to do: ultid config check')
    const settings = settingsOf(terminal)
    const { readings, warnings } = readConfig(settings.values)
    const rows = readings
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .map(
        ({ name, value }) => [name, masked(name, value), value === undefined ? '' : settings.sourceOf(name)] as const,
      )
    const width = Math.max(...rows.map(([name]) => name.length))
    for (const [name, value, source] of rows) {
      terminal.print(`${name.padEnd(width)}  ${source.padEnd(11)}  ${value}`.trimEnd())
    }
    for (const warning of warnings) terminal.complain(`warning: ${warning}`)
    terminal.print('the configuration is valid')
    return 0
  },
}

/** The secrets that are addresses: their host helps to find a fault. Elsewhere even `//` may belong to the secret. */
const addresses = new Set(['ULTID_DB_URL', 'ULTID_CACHE_URL'])

/** A secret shows that it is there and nothing else; credentials inside of an address are hidden too. */
function masked(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  if (!isSecretName(name)) return value
  const url = addresses.has(name) ? URL.parse(value) : null
  if (!url?.host) return '********'
  return `${url.protocol}//${url.username ? '********@' : ''}${url.host}${url.pathname}`
}
