import { ExpansionError } from '#config/expansion.ts'
import { ConfigError } from '#config/reader.ts'
import { OperatorError } from '#platform/errors.ts'
import { type Command, databaseUrlOf, type Terminal, UsageError } from './cli/command.ts'
import { config } from './cli/config.ts'
import { describeDatabaseFault } from './cli/database-fault.ts'
import { doctor } from './cli/doctor.ts'
import { env } from './cli/env.ts'
import { jobs } from './cli/jobs.ts'
import { migrate } from './cli/migrate.ts'
import { secrets } from './cli/secrets.ts'
import { serve } from './cli/serve.ts'
import { users } from './cli/users.ts'
import { version } from './cli/version.ts'

const commands: Readonly<Record<string, Command>> = {
  serve,
  migrate,
  config,
  env,
  secrets,
  doctor,
  users,
  jobs,
  version,
}

const terminal: Terminal = {
  environment: process.env,
  isInteractive: process.stdout.isTTY,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  onStopSignal(stop) {
    let isStopping = false
    const onSignal = (signal: string) => {
      if (isStopping) process.exit(1)
      isStopping = true
      stop(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  },
  exit: process.exit,
}

async function main([name = 'help', ...args]: string[]): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command && (args.includes('--help') || args.includes('-h'))) {
    terminal.print(command.help)
    return 0
  }
  if (command) return (await command.run(args, terminal)) ?? 0
  const isQuestion = ['help', '--help', '-h'].includes(name)
  if (!isQuestion) terminal.complain(`There is no command "${name}".\n`)
  terminal[isQuestion ? 'print' : 'complain'](overview())
  return isQuestion ? 0 : 2
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ultid ${name.padEnd(9)} ${summary}`)
  return [
    'ultid, the backend of the Ulti suite',
    '',
    ...lines,
    '',
    'Each command explains itself with --help. Settings come from the environment and from .env; see .env.example.',
  ].join('\n')
}

/** A sentence for what an operator can put right, the stack of anything else. */
function failureOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message
  const fault = describeDatabaseFault(error, databaseUrlOf(terminal))
  return fault ?? `ultid failed: ${error instanceof Error ? error.stack : error}`
}

main(process.argv.slice(2)).then(process.exit, (error) => {
  const isForPeople = [UsageError, ConfigError, ExpansionError].some((kind) => error instanceof kind)
  terminal.complain(isForPeople ? error.message : failureOf(error))
  process.exit(isForPeople ? 2 : 1)
})
