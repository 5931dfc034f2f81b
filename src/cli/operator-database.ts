import { createDatabase, type Database } from '#platform/database/database.ts'
import { configOf, type Terminal } from './command.ts'

/** Runs `work` on the configured database with a small pool of its own. */
export async function withDatabase<T>(terminal: Terminal, work: (database: Database) => Promise<T>): Promise<T> {
  const { secrets } = configOf(terminal)
  const onError = (error: Error) => terminal.complain(`database: ${error.message}`)
  const { database, close } = createDatabase({ url: secrets.databaseUrl, poolSize: 2, onError })
  try {
    return await work(database)
  } finally {
    await close()
  }
}
