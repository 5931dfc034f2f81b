import { enableCompileCache } from 'node:module'
import type { Command, Terminal } from './cli/command.ts'
import { describeFailure } from './cli/failure.ts'

// A second of every start is compiling; what is compiled once is kept in the system's temporary directory.
enableCompileCache()

/** Each is loaded when it is needed: some load all of ultid, and `ultid version` should not wait for that. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  migrate: async () => (await import('./cli/migrate.ts')).migrate,
  config: async () => (await import('./cli/config.ts')).config,
  env: async () => (await import('./cli/env.ts')).env,
  secrets: async () => (await import('./cli/secrets.ts')).secrets,
  doctor: async () => (await import('./cli/doctor.ts')).doctor,
  users: async () => (await import('./cli/users.ts')).users,
  audit: async () => (await import('./cli/audit.ts')).audit,
  jobs: async () => (await import('./cli/jobs.ts')).jobs,
  search: async () => (await import('./cli/search.ts')).search,
  version: async () => (await import('./cli/version.ts')).version,
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

async function main([given = 'help', ...args]: string[]): Promise<number> {
  const name = given === '--version' ? 'version' : given
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  const command = await load?.()
  if (command && (args.includes('--help') || args.includes('-h'))) {
    terminal.print(command.help)
    return 0
  }
  if (command) return (await command.run(args, terminal)) ?? 0
  const isQuestion = ['help', '--help', '-h'].includes(name)
  if (!isQuestion) terminal.complain(`There is no command "${name}".\n`)
  terminal[isQuestion ? 'print' : 'complain'](await overview())
  return isQuestion ? 0 : 2
}

async function overview(): Promise<string> {
  const lines = Object.entries(commands).map(
    async ([name, load]) => `  ultid ${name.padEnd(9)} ${(await load()).summary}`,
  )
  return [
    'ultid, the backend of the Ulti suite',
    '',
    ...(await Promise.all(lines)),
    '',
    'Each command explains itself with --help. Settings come from the environment and from .env; see .env.example.',
  ].join('\n')
}

main(process.argv.slice(2)).then(process.exit, (error) => {
  const { message, code } = describeFailure(error, terminal)
  terminal.complain(message)
  process.exit(code)
})
