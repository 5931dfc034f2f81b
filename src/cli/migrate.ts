import { migrate as applyMigrations, migrationStatus } from '#platform/database/migrate.ts'
import { type Command, configOf, parseOptions } from './command.ts'

export const migrate: Command = {
  summary: 'bring the database up to this release, or show what is applied',
  help: `ultid migrate [--status]

Applies what is missing, under a lock, each migration in a transaction of its own. "ultid serve" does the same at its
start unless ULTID_AUTO_MIGRATE=false.

  --status   only show each migration and when it was applied

Examples:
  ultid migrate
  ultid migrate --status`,

  async run(args, terminal) {
    const { values: options } = parseOptions({ args, options: { status: { type: 'boolean' } } })
    const { secrets } = configOf(terminal)
    if (options.status) {
      for (const { version, appliedAt } of await migrationStatus(secrets.databaseUrl)) {
        terminal.print(`${(appliedAt?.toISOString() ?? 'pending').padEnd(24)}  ${version}`)
      }
      return 0
    }
    const applied = await applyMigrations(secrets.databaseUrl)
    terminal.print(applied.length > 0 ? `applied ${applied.join(', ')}` : 'the database is up to date')
    return 0
  },
}
