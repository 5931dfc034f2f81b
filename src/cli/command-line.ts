import type { Command, Terminal } from './command.ts'
import { describeFailure } from './failure.ts'

/** Each is loaded when it is needed: some load all of ultid, and `ultid version` should not wait for that. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  migrate: async () => (await import('./migrate.ts')).migrate,
  config: async () => (await import('./config.ts')).config,
  env: async () => (await import('./env.ts')).env,
  secrets: async () => (await import('./secrets.ts')).secrets,
  doctor: async () => (await import('./doctor.ts')).doctor,
  users: async () => (await import('./users.ts')).users,
  audit: async () => (await import('./audit.ts')).audit,
  jobs: async () => (await import('./jobs.ts')).jobs,
  search: async () => (await import('./search.ts')).search,
  version: async () => (await import('./version.ts')).version,
}

/** Runs `ultid` with these arguments. @returns the exit code; of what fails, the person at the terminal is told. */
export async function runCommandLine(argv: string[], terminal: Terminal): Promise<number> {
  try {
    return await run(argv, terminal)
  } catch (error) {
    const { message, code } = describeFailure(error, terminal)
    terminal.complain(message)
    return code
  }
}

async function run([given = 'help', ...args]: string[], terminal: Terminal): Promise<number> {
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
