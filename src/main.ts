import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Config, readConfig } from '#config/config.ts'
import { ConfigError } from '#config/reader.ts'
import { migrate, migrationStatus } from '#platform/database/migrate.ts'
import { createLog } from '#platform/observability/log.ts'
import { createApp } from './app.ts'

const usage = `ultid, the backend of the Ulti suite

  ultid serve [--roles api,sync,jobs]   run; all roles unless some are named
  ultid migrate [--status]              bring the database up to this release, or show what is applied
  ultid version                         print the version

Settings come from the environment; see .env.example.
`

const commands: Record<string, (args: string[]) => Promise<void>> = {
  serve: serveCommand,
  migrate: migrateCommand,
  version: async () => void process.stdout.write(`ultid ${await readVersion()}\n`),
}

async function main([name = 'help', ...args]: string[]): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command && !args.includes('--help')) return command(args)
  process.stdout.write(usage)
  if (!command && !['help', '--help', '-h'].includes(name)) {
    throw new UsageError(`There is no command "${name}".`)
  }
}

async function serveCommand(args: string[]): Promise<void> {
  const { values } = parse(args, { roles: { type: 'string' } })
  const environment = { ...process.env, ...(values.roles !== undefined && { ULTID_ROLES: String(values.roles) }) }
  const { config, secrets } = readConfig(environment)
  const log = createLog(config.log)
  const app = await createApp({ config, secrets, log, version: await readVersion() })
  stopOnSignals(app.stop, config, log)
  const address = await app.start()
  log.info({ address, roles: config.roles }, 'ultid is ready')
}

/** The first SIGTERM or SIGINT stops in order; a second one, or the end of the time allowed, stops at once. */
function stopOnSignals(stop: () => Promise<void>, config: Config, log: ReturnType<typeof createLog>): void {
  let isStopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(1)
    isStopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(1), config.stopTimeoutMs).unref()
    stop().then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'did not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

async function migrateCommand(args: string[]): Promise<void> {
  const { values } = parse(args, { status: { type: 'boolean' } })
  const { secrets } = readConfig(process.env)
  if (values.status) {
    for (const { version, appliedAt } of await migrationStatus(secrets.databaseUrl)) {
      process.stdout.write(`${appliedAt ? appliedAt.toISOString() : 'pending                 '}  ${version}\n`)
    }
    return
  }
  const applied = await migrate(secrets.databaseUrl)
  process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the database is up to date\n')
}

function parse(args: string[], options: NonNullable<Parameters<typeof parseArgs>[0]>['options']) {
  try {
    return parseArgs({ args, options: options ?? {} })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

class UsageError extends Error {}

main(process.argv.slice(2)).catch((error) => {
  const isForPeople = error instanceof UsageError || error instanceof ConfigError
  process.stderr.write(isForPeople ? `${error.message}\n` : `ultid failed: ${error.stack ?? error}\n`)
  process.exit(isForPeople ? 2 : 1)
})
