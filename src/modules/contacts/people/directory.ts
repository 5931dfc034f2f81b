import type { Database } from '#platform/database/database.ts'
import type { Sweep } from '#platform/jobs/jobs.ts'
import { type DirectoryPerson, directoryStore } from './directory-store.ts'

/** Whom else the installation knows, who never signed in: Authentik's users, for instance. */
export type DirectorySource = { people(): AsyncIterable<readonly DirectoryPerson[]> }

const pageSize = 500

/** Copies the people of the installation to where they are found by what one types of their names. */
export function directorySweep(deps: {
  database: Database
  sources: readonly DirectorySource[]
  now?: () => Date
}): Sweep {
  const { database, sources, now = () => new Date() } = deps

  async function* principals(): AsyncGenerator<readonly DirectoryPerson[]> {
    let after: string | undefined
    do {
      const people = await directoryStore.principals(database, after, pageSize)
      after = people.length === pageSize ? people.at(-1)?.id : undefined
      yield people
    } while (after !== undefined)
  }

  return {
    name: 'contacts-directory',
    everySeconds: 120,
    async run() {
      const startedAt = now()
      for await (const people of principals()) await directoryStore.put(database, people, startedAt)
      for (const source of sources) {
        for await (const people of source.people()) await directoryStore.put(database, people, startedAt)
      }
      // Only once all have answered: one that is away takes nobody out.
      await directoryStore.removeUnseen(database, startedAt)
    },
  }
}
